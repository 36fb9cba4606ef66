import { isAborted, pause } from '../../background.ts'
import { type TriageError, asTriageError } from '../../errors/triage-error.ts'

/** The logger of a feed. A pino logger satisfies it. */
export interface FeedLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

interface FollowingOptions {
  /** Name of the feed, as the start of a sentence. */
  readonly what: string
  /** Poll interval, read before each pause. */
  readonly pollSeconds: () => number
  readonly signal: AbortSignal
  readonly log: FeedLog
  /** Called whenever there is nothing more to read for now. */
  readonly onCaughtUp?: () => void
}

const longestPauseSeconds = 60

/**
 * Repeats a step until the signal is aborted. A failed step is logged and retried with growing pauses.
 * @param step returns whether there is nothing more to read for now
 */
export async function keepFollowing(step: () => Promise<boolean>, options: FollowingOptions): Promise<void> {
  const { what, signal, log } = options
  let failures = 0
  while (!signal.aborted) {
    try {
      const caughtUp = await step()
      if (failures > 0) log.info({ failures }, `${what} has recovered.`)
      failures = 0
      if (caughtUp) options.onCaughtUp?.()
      if (caughtUp) await pause(options.pollSeconds() * 1000, signal)
    } catch (thrown) {
      if (isAborted(signal)) return
      const error: TriageError = asTriageError(thrown)
      const pauseSeconds = Math.min(longestPauseSeconds, options.pollSeconds() * 2 ** failures)
      failures++
      log.warn({ code: error.code, failures, pauseSeconds }, `${what} failed and will be retried: ${error.message}`)
      await pause(pauseSeconds * 1000, signal)
    }
  }
}
