import { Piscina } from 'piscina'
import { systemClock } from '../clock.ts'
import { errorFromData } from '../errors/error-data.ts'
import type { PreparedImage } from './analyse-image.ts'
import { analysisTimedOut, analysisWorkerDied } from './errors.ts'
import type { ImageReply, ImageTask } from './image-task.ts'
import { RunningTimeLimit } from './running-time-limit.ts'

/** Limits of the image worker threads. */
interface ImageWorkerOptions {
  readonly modelDir: string
  readonly threads: number
  /** A task that takes longer is stopped together with its thread. */
  readonly timeoutMs: number
  /** Starts the time limit of a task. By default, time in which the process is paused does not count. */
  readonly limitTo?: (ms: number) => TimeLimit
  /** Heap of one thread in megabytes. The decoder's limits bound the pixel buffers. */
  readonly maxHeapMb: number
}

/** A started time limit: aborts `signal` unless it is ended before. */
type TimeLimit = Pick<RunningTimeLimit, 'signal' | 'end'>

/** Threads that turn DICOM bytes into a preview, lungs and network input, and that can be stopped. */
export class ImageWorkers {
  readonly #pool: Piscina<ImageTask, ImageReply>
  readonly #timeoutMs: number
  readonly #limitTo: (ms: number) => TimeLimit

  /** @param worker the module that each thread runs */
  constructor(
    { modelDir, threads, timeoutMs, limitTo, maxHeapMb }: ImageWorkerOptions,
    worker = new URL('./image-worker.ts', import.meta.url),
  ) {
    this.#timeoutMs = timeoutMs
    this.#limitTo = limitTo ?? ((ms) => new RunningTimeLimit(ms, systemClock.steadyMs))
    this.#pool = new Piscina({
      filename: worker.href,
      minThreads: threads,
      maxThreads: threads,
      workerData: { modelDir },
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    })
  }

  /**
   * Reads one image. The buffer of `bytes` is transferred and empty afterwards.
   * @throws INTAKE_IMAGE_DIFFERS, the decoder's own error, ANALYSIS_TIMED_OUT or ANALYSIS_WORKER_DIED
   */
  async prepare(task: ImageTask): Promise<PreparedImage> {
    const reply = await this.#run(task)
    if (reply.kind === 'failed') throw errorFromData(reply.failure)
    return reply.image
  }

  async #run(task: ImageTask): Promise<ImageReply> {
    const limit = this.#limitTo(this.#timeoutMs)
    try {
      return await this.#pool.run(task, { signal: limit.signal, transferList: [task.bytes.buffer] })
    } catch (error) {
      if (limit.signal.aborted) throw analysisTimedOut(this.#timeoutMs)
      throw analysisWorkerDied(codeOf(error))
    } finally {
      limit.end()
    }
  }

  /** Stops the threads and their current tasks. */
  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

/** Why Node.js ended the thread. The text of the error may quote anything. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause'
}
