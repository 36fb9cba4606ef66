import { pause } from '../../background.ts'

/** Where pieces of work come from, and what is done with each. */
export interface WorkSource<Work> {
  /** The next piece that is due, if there is one. */
  next(): Promise<Work | undefined>
  workOn(work: Work): Promise<void>
  /** Told what `next` or `workOn` threw. The loop then goes on. */
  failed(error: unknown): void
  /** Calls back when there may be work sooner than after `idleMs`. Returns what ends that. */
  onWork?(listener: () => void): () => void
  /** Longest wait before `next` is asked again. */
  readonly idleMs: number
}

/** Works on one piece after the other until stopped. No failure ends it. */
export async function workThrough<Work>(source: WorkSource<Work>, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    // Listens before `next` is asked, so that work that comes between the two is not slept through.
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
