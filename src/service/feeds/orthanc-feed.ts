import { runInBackground } from '../../background.ts'
import type { Clock } from '../../clock.ts'
import { drawLine, followChanges } from '../../intake/feed/change-feed.ts'
import type { OrthancClient } from '../../clients/orthanc-client.ts'
import { type FeedOptions, attemptLine, feedLog, feedTimes, logCursor } from './running-feed.ts'
import type { FeedHealth } from './feed-health.ts'
import type { StartFeed } from '../app/start-service.ts'

interface OrthancFeedOptions extends FeedOptions {
  readonly client: OrthancClient
  readonly clock: Clock
  readonly health: FeedHealth
}

/**
 * Follows Orthanc's change feed from the stored position until the service stops. At the first start, the line is drawn
 * before the service reports that it has started; if Orthanc does not answer, as soon as it does.
 */
export function orthancFeed({ feeds, log, health, ...others }: OrthancFeedOptions): StartFeed {
  const cursor = logCursor(feeds, 'orthanc-changes')
  const options = { ...others, cursor, times: feedTimes(feeds, 'orthanc'), log: feedLog(log) }
  const onLoss = (): void => {
    health.lost()
  }
  const onCaughtUp = (): void => {
    health.caughtUp()
    others.onCaughtUp()
  }
  return async (onStudy, onAllListed) => {
    if (cursor.read() === undefined) await attemptLine((signal) => drawLine({ ...options, signal }))
    return runInBackground((signal) => followChanges({ ...options, onLoss, onCaughtUp, onStudy, onAllListed, signal }))
  }
}
