import { setTimeout as delay } from 'node:timers/promises'

/** Work that goes on beside everything else until it is stopped. */
export interface BackgroundWork {
  /** Begins nothing new, and returns when the work has ended or `graceMs` are over. Without a grace it waits for the end. */
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

/** Waits that long, or until the signal is aborted if that is sooner. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** A function, so that the compiler does not take an earlier look at the signal for the present. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
