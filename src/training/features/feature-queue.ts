import Bull from 'bull'
import { redisFailed } from '../errors.ts'

/** A queue of parts that several processes share. */
export interface PartQueue {
  /** Processes parts until all are done; other processes may take parts of the same work. */
  workOff(
    parts: readonly number[],
    work: (part: number) => Promise<void>,
    isDone: () => Promise<boolean>,
  ): Promise<void>
}

/** Lock duration: a part goes to another process if its lock is not renewed for this long. */
const lockMs = 10_000
/** Lost locks before a part counts as failed; high, because a killed process says nothing about the part. */
const maxStalls = 10
const pollMs = 500

/**
 * A bull queue on Redis, named by the digest of the work. Processes with the same options share it, on one machine or
 * on several with a common folder. If a process is killed, its part is retried after the lock expires.
 * @param digest of the work; the parts are added once for all processes
 * @throws TRAINING_REDIS_FAILED
 */
export function redisPartQueue(redisUrl: string, digest: string): PartQueue {
  return {
    async workOff(parts, work, isDone) {
      const queue = new Bull<{ part: number }>(`lung-triage-features-${digest.slice(0, 16)}`, redisUrl, {
        // Connection errors end the command; by default ioredis retries forever.
        redis: { maxRetriesPerRequest: 1, retryStrategy: () => null },
        settings: { lockDuration: lockMs, stalledInterval: lockMs / 2, maxStalledCount: maxStalls },
      })
      const failed = new Promise<never>((_, reject) => {
        queue.on('error', (error) => {
          reject(redisFailed(error.message))
        })
        queue.on('failed', (_job, error) => {
          reject(error)
        })
      })
      // The races below handle the rejection; this avoids an unhandled rejection before them.
      failed.catch(() => undefined)
      try {
        await Promise.race([queue.isReady(), failed])
        await Promise.race([queue.addBulk(parts.map((part) => jobOf(part))), failed])
        const working = queue.process((job) => work(job.data.part))
        await Promise.race([untilDone(isDone), failed, working])
      } finally {
        await queue.close(true)
      }
    },
  }
}

/** All processes use the same id, so bull adds the job once. Removing it at its end lets a later run add it again. */
function jobOf(part: number): { data: { part: number }; opts: Bull.JobOptions } {
  return { data: { part }, opts: { jobId: `part-${part}`, removeOnComplete: true, removeOnFail: true } }
}

async function untilDone(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, pollMs))
}

/** For a single process: processes the parts in sequence. */
export const localPartQueue: PartQueue = {
  async workOff(parts, work) {
    for (const part of parts) await work(part)
  },
}
