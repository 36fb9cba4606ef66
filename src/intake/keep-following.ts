import { isAborted, pause } from '../background.ts'
import { type TriageError, asTriageError } from '../errors/triage-error.ts'

/** What a follower tells about itself; pino fits. */
export interface FeedLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

interface FollowingOptions {
  /** What is followed, as the beginning of a sentence. */
  readonly what: string
  /** Pause between two looks, asked for at each. */
  readonly pollSeconds: () => number
  readonly signal: AbortSignal
  readonly log: FeedLog
  /** Told each time that there is nothing more to read for now. */
  readonly onCaughtUp?: () => void
}

const longestPauseSeconds = 60

/**
 * Takes step after step until the signal ends it. Failures are logged, and the step is taken again with growing pauses.
 * @param step says whether there is nothing more to read for now
 */
export async function keepFollowing(step: () => Promise<boolean>, options: FollowingOptions): Promise<void> {
  const { what, signal, log } = options
  let failures = 0
  while (!signal.aborted) {
    try {
      const caughtUp = await step()
      if (failures > 0) log.info({ failures }, `${what} is followed again.`)
      failures = 0
      if (caughtUp) options.onCaughtUp?.()
      if (caughtUp) await pause(options.pollSeconds() * 1000, signal)
    } catch (thrown) {
      if (isAborted(signal)) return
      const error: TriageError = asTriageError(thrown)
      const pauseSeconds = Math.min(longestPauseSeconds, options.pollSeconds() * 2 ** failures)
      failures++
      log.warn({ code: error.code, failures, pauseSeconds }, `${what} cannot be followed: ${error.message}`)
      await pause(pauseSeconds * 1000, signal)
    }
  }
}
