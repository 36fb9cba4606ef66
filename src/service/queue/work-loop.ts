import { pause } from '../../background.ts'

/** Supplies units of work and carries them out. */
export interface WorkSource<Work> {
  /** The next unit that is due, if there is one. */
  next(): Promise<Work | undefined>
  workOn(work: Work): Promise<void>
  /** Called with what `next` or `workOn` threw. The loop continues. */
  failed(error: unknown): void
  /** Calls back when there may be work before `idleMs` has passed. Returns the function that unsubscribes. */
  onWork?(listener: () => void): () => void
  /** Longest wait before `next` is called again. */
  readonly idleMs: number
}

/** Carries out one unit of work after another until stopped. No failure ends the loop. */
export async function workThrough<Work>(source: WorkSource<Work>, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    // Subscribes before it calls `next`, so that work announced in between ends the wait.
    const came = new AbortController()
    const forget = source.onWork?.(() => {
      came.abort()
    })
    const idle = () => pause(source.idleMs, AbortSignal.any([came.signal, stopping]))
    try {
      const work = await source.next()
      if (work === undefined) await idle()
      else await source.workOn(work)
    } catch (error) {
      source.failed(error)
      await idle()
    } finally {
      forget?.()
    }
  }
}
