import { unexpected } from '../../errors/triage-error.ts'
import { z } from 'zod'
import type { FeedCursor, FeedTimes, LogCursor, StoredTime } from '../../intake/feed/feed-cursor.ts'
import type { FeedLog } from '../../intake/feed/keep-following.ts'
import type { Log, LogFacts } from '../../log.ts'
import type { BackgroundWork } from '../../background.ts'
import type { StartFeed } from '../app/start-service.ts'
import type { FeedPositions } from '../store/store.ts'

/** Options of every feed, besides its archive client. */
export interface FeedOptions {
  readonly feeds: FeedPositions
  readonly pollSeconds: () => number
  readonly log: Log
  /** Called whenever there is nothing more to read for now. */
  readonly onCaughtUp: () => void
}

/** Names under which the feeds store their positions. */
export const feedNames = ['orthanc-changes', 'qido'] as const
type FeedName = (typeof feedNames)[number]

/** Combines several feeds into one. */
export function allFeeds(starts: readonly StartFeed[]): StartFeed {
  return async (take, compare) => {
    const running: BackgroundWork[] = []
    for (const start of starts) running.push(await start(take, compare))
    return {
      stop: async () => {
        await Promise.all(running.map((feed) => feed.stop()))
      },
    }
  }
}

/** The stored position of a feed; 0 before the first write. */
export function feedCursor(feeds: FeedPositions, name: FeedName): FeedCursor {
  return {
    read: () => feeds.position(name) ?? 0,
    write: (position) => {
      feeds.moveTo(name, position)
    },
  }
}

const logMark = z.object({
  mark: z.object({ id: z.string(), atMs: z.number().optional() }).nullish(),
  growing: z.array(z.string()),
})

/** The stored place in Orthanc's change log. Earlier versions stored its number alone. */
export function logCursor(feeds: FeedPositions, name: FeedName): LogCursor {
  return {
    read: () => {
      const seq = feeds.position(name)
      if (seq === undefined) return undefined
      const { mark, growing } = logMark.parse(JSON.parse(feeds.mark(name) ?? '{"growing":[]}'))
      return { seq, mark, growing }
    },
    write: ({ seq, ...noted }) => {
      feeds.moveTo(name, seq, JSON.stringify(noted))
    },
  }
}

export function feedTimes(feeds: FeedPositions, name: string): FeedTimes {
  return { line: storedTime(feeds, `${name}-line`), reconciled: storedTime(feeds, `${name}-reconciled`) }
}

function storedTime(feeds: FeedPositions, name: string): StoredTime {
  return {
    read: () => feeds.position(name),
    write: (ms) => {
      feeds.moveTo(name, ms)
    },
  }
}

const lineTimeoutMs = 5000

/** Tries once to draw the line. The feed tries again and logs the failure. */
export async function attemptLine(draw: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  await draw(AbortSignal.timeout(lineTimeoutMs)).catch(() => undefined)
}

/** Logs a feed's failures, without the message of an undeclared error: it may quote patient data. */
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
