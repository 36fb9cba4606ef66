import { Piscina } from 'piscina'
import type * as worker from './atlas-worker.ts'

type Steps = typeof worker

/** Runs the steps of atlas training on worker threads. */
export interface AtlasWorkers {
  run<Step extends keyof Steps>(step: Step, task: Parameters<Steps[Step]>[0]): Promise<Awaited<ReturnType<Steps[Step]>>>
  close(): Promise<void>
}

export function startAtlasWorkers(threads: number): AtlasWorkers {
  const pool = new Piscina({
    filename: new URL('atlas-worker.ts', import.meta.url).href,
    maxThreads: threads,
    idleTimeout: 60_000,
  })
  return {
    run: (step, task) => pool.run(task, { name: step }) as Promise<never>,
    close: () => pool.destroy(),
  }
}
