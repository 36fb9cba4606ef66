import Bull from 'bull'
import { redisFailed } from '../errors.ts'

/** Parts that several processes share out among themselves. */
export interface PartQueue {
  /** Works on parts until none is left anywhere; other processes take parts of the same work meanwhile. */
  workOff(
    parts: readonly number[],
    work: (part: number) => Promise<void>,
    isDone: () => Promise<boolean>,
  ): Promise<void>
}

/** How long a process may be silent before its part is given to another. */
const lockMs = 10_000
/** Lost locks before a part counts as failed: high, because killed processes are not the part's fault. */
const maxStalls = 10
const pollMs = 500

/**
 * A bull queue on Redis, named after the work: processes that are started with the same options share it, on one machine or several with
 * a common folder. A part whose process was killed is worked on again once its lock has lapsed.
 * @param digest of the work; parts are added once for all processes
 * @throws TRAINING_REDIS_FAILED
 */
export function redisPartQueue(redisUrl: string, digest: string): PartQueue {
  return {
    async workOff(parts, work, isDone) {
      const queue = new Bull<{ part: number }>(`lung-triage-features-${digest.slice(0, 16)}`, redisUrl, {
        // Connection errors end the command; ioredis would try again for ever.
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
      // The wait below handles it; this handler avoids an unhandled rejection before that.
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

/** The same id from every process: bull adds a job once. It is removed when it ends, so that a later run may add it again. */
function jobOf(part: number): { data: { part: number }; opts: Bull.JobOptions } {
  return { data: { part }, opts: { jobId: `part-${part}`, removeOnComplete: true, removeOnFail: true } }
}

async function untilDone(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, pollMs))
}

/** One process alone, part after part. */
export const localPartQueue: PartQueue = {
  async workOff(parts, work) {
    for (const part of parts) await work(part)
  },
}
