import type { Engine } from '../engine.ts'
import type { NetworkOutput } from '../network-output.ts'

interface MicroBatchOptions {
  /** Largest number of images per run. */
  readonly batchSize: number
  /** Longest time that an image waits for others while the engine is idle; 0 means no wait. */
  readonly waitMs: number
}

interface Request {
  readonly inputs: readonly Float32Array[]
  readonly resolve: (outputs: NetworkOutput[]) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Runs one batch at a time. Requests that arrive during a run are computed together in the next one. A request of
 * several images is never divided. A failed batch fails exactly its own requests.
 */
export function microBatched(engine: Engine, { batchSize, waitMs }: MicroBatchOptions): Engine {
  const waiting: Request[] = []
  let full = Promise.withResolvers<undefined>()
  let worker = Promise.resolve()
  let working = false

  const imagesWaiting = () => waiting.reduce((sum, { inputs }) => sum + inputs.length, 0)

  const work = async () => {
    while (waiting.length > 0) {
      if (waitMs > 0 && imagesWaiting() < batchSize) await atMost(waitMs, full.promise)
      full = Promise.withResolvers()
      await runTogether(engine, takeBatch(waiting, batchSize))
    }
    working = false
  }

  return {
    info: engine.info,
    inputLength: engine.inputLength,
    run: (inputs) =>
      new Promise((resolve, reject) => {
        waiting.push({ inputs, resolve, reject })
        if (imagesWaiting() >= batchSize) full.resolve(undefined)
        if (working) return
        working = true
        worker = work()
      }),
    close: async () => {
      await worker
      await engine.close()
    },
  }
}

/** Waits for a promise, but no longer than `waitMs`, and clears the timer. */
async function atMost(waitMs: number, something: Promise<unknown>): Promise<void> {
  const { promise: waited, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, waitMs, undefined)
  await Promise.race([something, waited])
  clearTimeout(timer)
}

/** Takes the oldest requests that fit into a batch, at least one. */
function takeBatch(waiting: Request[], batchSize: number): Request[] {
  let images = waiting[0]!.inputs.length
  let count = 1
  while (count < waiting.length && images + waiting[count]!.inputs.length <= batchSize) {
    images += waiting[count++]!.inputs.length
  }
  return waiting.splice(0, count)
}

async function runTogether(engine: Engine, batch: readonly Request[]): Promise<void> {
  try {
    const outputs = await engine.run(batch.flatMap(({ inputs }) => inputs))
    let taken = 0
    for (const { inputs, resolve } of batch) resolve(outputs.slice(taken, (taken += inputs.length)))
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}
