import { Piscina } from 'piscina'
import { errorFromData } from '../errors/error-data.ts'
import type { PreparedImage } from './analyse-image.ts'
import { analysisTimedOut, analysisWorkerDied } from './errors.ts'
import type { ImageReply, ImageTask } from './image-task.ts'

/** Limits of the image worker threads. */
interface ImageWorkerOptions {
  readonly modelDir: string
  readonly threads: number
  /** A task that takes longer is stopped together with its thread. */
  readonly timeoutMs: number
  /** Aborts after a time. By default `AbortSignal.timeout`. */
  readonly abortAfter?: (ms: number) => AbortSignal
  /** Heap of one thread in megabytes. The decoder's limits bound the pixel buffers. */
  readonly maxHeapMb: number
}

/** Threads that turn DICOM bytes into a preview, lungs and network input, and that can be stopped. */
export class ImageWorkers {
  readonly #pool: Piscina<ImageTask, ImageReply>
  readonly #timeoutMs: number
  readonly #abortAfter: (ms: number) => AbortSignal

  /** @param worker the module that each thread runs */
  constructor(
    { modelDir, threads, timeoutMs, abortAfter, maxHeapMb }: ImageWorkerOptions,
    worker = new URL('./image-worker.ts', import.meta.url),
  ) {
    this.#timeoutMs = timeoutMs
    this.#abortAfter = abortAfter ?? ((ms) => AbortSignal.timeout(ms))
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
    const signal = this.#abortAfter(this.#timeoutMs)
    try {
      return await this.#pool.run(task, { signal, transferList: [task.bytes.buffer] })
    } catch (error) {
      if (signal.aborted) throw analysisTimedOut(this.#timeoutMs)
      throw analysisWorkerDied(error instanceof Error ? error.message : String(error))
    }
  }

  /** Stops the threads and their current tasks. */
  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
