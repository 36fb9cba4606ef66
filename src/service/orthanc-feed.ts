import { type FeedLog, followChanges } from '../intake/change-feed.ts'
import type { OrthancClient } from '../intake/orthanc-client.ts'
import type { Log, LogFacts } from './log.ts'
import type { StartFeed } from './service.ts'
import type { FeedPositions } from './store.ts'

export interface OrthancFeedOptions {
  readonly client: OrthancClient
  readonly feeds: FeedPositions
  readonly pollSeconds: number
  readonly log: Log
  /** Told each time that the feed had nothing more. */
  readonly onCaughtUp: () => void
}

const feedName = 'orthanc-changes'

/** Orthanc's change feed as the service starts it: from where it was left, until the service stops. */
export function orthancFeed({ client, feeds, pollSeconds, log, onCaughtUp }: OrthancFeedOptions): StartFeed {
  return (take) => {
    const stopping = new AbortController()
    const ended = followChanges({
      client,
      pollSeconds,
      cursor: {
        read: () => feeds.position(feedName) ?? 0,
        write: (position) => {
          feeds.moveTo(feedName, position)
        },
      },
      onStudy: take,
      signal: stopping.signal,
      log: feedLog(log),
      onCaughtUp,
    })
    const stop = async (): Promise<void> => {
      stopping.abort()
      await ended
    }
    return Promise.resolve({ stop })
  }
}

/** The feed's sentences quote an error's message, which is ours to log only when the error is one that we declared. */
function feedLog(log: Log): FeedLog {
  return {
    info: (facts) => {
      log.info('feed.note', facts)
    },
    warn: (facts, message) => {
      const declared = !('code' in facts) || facts.code !== 'UNEXPECTED'
      log.warn('feed.trouble', { ...(facts as LogFacts), ...(declared && { reason: message }) })
    },
  }
}
