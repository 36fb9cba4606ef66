import { setTimeout as delay } from 'node:timers/promises'

/** Background work that runs until it is stopped. */
export interface BackgroundWork {
  /**
   * Starts nothing new and returns when the work has ended or `graceMs` have passed. Without `graceMs` it waits for the
   * end.
   */
  stop(graceMs?: number): Promise<void>
}

/** Starts work in the background. `stop` aborts its signal. */
export function runInBackground(work: (stopping: AbortSignal) => Promise<unknown>): BackgroundWork {
  const stopping = new AbortController()
  const ended = work(stopping.signal)
  return {
    stop: async (graceMs) => {
      stopping.abort()
      if (graceMs === undefined) {
        await ended
        return
      }
      const grace = new AbortController()
      await Promise.race([ended, pause(graceMs, grace.signal)])
      grace.abort()
    },
  }
}

/** Waits for that time, or until the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** A function, so that the compiler does not reuse the result of an earlier check. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
