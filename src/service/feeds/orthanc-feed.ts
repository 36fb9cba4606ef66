import { runInBackground } from '../../background.ts'
import { followChanges } from '../../intake/change-feed.ts'
import type { OrthancClient } from '../../clients/orthanc-client.ts'
import { type FeedOptions, feedCursor, feedLog } from './running-feed.ts'
import type { StartFeed } from '../app/start-service.ts'

interface OrthancFeedOptions extends FeedOptions {
  readonly client: OrthancClient
}

/** Follows Orthanc's change feed from the stored position until the service stops. */
export function orthancFeed({ client, feeds, pollSeconds, log, onCaughtUp }: OrthancFeedOptions): StartFeed {
  const cursor = feedCursor(feeds, 'orthanc-changes')
  const options = { client, pollSeconds, cursor, log: feedLog(log), onCaughtUp }
  return (onStudy) => Promise.resolve(runInBackground((signal) => followChanges({ ...options, onStudy, signal })))
}
