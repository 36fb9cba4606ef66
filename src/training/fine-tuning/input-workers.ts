import { Piscina } from 'piscina'
import type { InputSpec } from '../../classify/manifest.ts'
import type { InputJob } from '../inputs/prepare-input.ts'
import type { InputTask } from './input-worker.ts'

/** Makes network inputs in worker threads. */
export interface InputWorkers {
  prepareAll(jobs: readonly InputJob[]): Promise<Float32Array[]>
  close(): Promise<void>
}

export function startInputWorkers(spec: InputSpec, threads: number): InputWorkers {
  const pool = new Piscina<InputTask, Float32Array>({
    filename: new URL('input-worker.ts', import.meta.url).href,
    maxThreads: threads,
    idleTimeout: 60_000,
  })
  return {
    prepareAll: (jobs) => Promise.all(jobs.map((job) => pool.run({ job, spec }))),
    close: () => pool.destroy(),
  }
}

/**
 * Yields the result of `make` for each item in order, and makes the next one while the consumer uses the current one.
 */
export async function* prefetched<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
): AsyncGenerator<Made> {
  let next = items[0] && make(items[0])
  for (let index = 0; index < items.length; index++) {
    const made = await next!
    const following = items[index + 1]
    next = following && make(following)
    // If the consumer stops here, nobody awaits the next result. Its failure must not be an unhandled rejection.
    next?.catch(() => undefined)
    yield made
  }
}
