import { unexpected } from '../../errors/triage-error.ts'
import type { FeedCursor } from '../../intake/change-feed.ts'
import type { FeedLog } from '../../intake/keep-following.ts'
import type { Log, LogFacts } from '../../log.ts'
import type { BackgroundWork } from '../../background.ts'
import type { StartFeed } from '../app/start-service.ts'
import type { FeedPositions } from '../store/store.ts'

/** What a feed of the service needs besides its archive. */
export interface FeedOptions {
  readonly feeds: FeedPositions
  readonly pollSeconds: () => number
  readonly log: Log
  /** Told each time that the feed had nothing more. */
  readonly onCaughtUp: () => void
}

/** Several feeds as one. */
export function allFeeds(starts: readonly StartFeed[]): StartFeed {
  return async (take) => {
    const running: BackgroundWork[] = []
    for (const start of starts) running.push(await start(take))
    return {
      stop: async () => {
        await Promise.all(running.map((feed) => feed.stop()))
      },
    }
  }
}

/** A feed's durable position; 0 before the first. */
export function feedCursor(feeds: FeedPositions, name: string): FeedCursor {
  return {
    read: () => feeds.position(name) ?? 0,
    write: (position) => {
      feeds.moveTo(name, position)
    },
  }
}

/** The feed's sentences quote an error's message, which is ours to log only when the error is one that we declared. */
export function feedLog(log: Log): FeedLog {
  return {
    info: (facts) => {
      log.info('feed.note', facts)
    },
    warn: (facts, message) => {
      const declared = !('code' in facts) || facts.code !== unexpected.code
      log.warn('feed.trouble', { ...(facts as LogFacts), ...(declared && { reason: message }) })
    },
  }
}
