import { runInBackground } from '../../background.ts'
import { type StudiesAtLine, pollStudies } from '../../intake/study-poll.ts'
import type { StudySearch } from '../../intake/study-search.ts'
import type { Clock } from '../../clock.ts'
import { type FeedOptions, feedCursor, feedLog } from './running-feed.ts'
import type { StartFeed } from '../app/start-service.ts'

interface QidoFeedOptions extends FeedOptions {
  readonly search: StudySearch
  readonly atLine: StudiesAtLine
  readonly days: number
  readonly clock: Clock
}

/** Polls a DICOMweb archive by QIDO-RS from the stored position until the service stops. */
export function qidoFeed({ feeds, log, ...options }: QidoFeedOptions): StartFeed {
  const cursor = feedCursor(feeds, 'qido')
  return (onStudy) =>
    Promise.resolve(
      runInBackground((signal) => pollStudies({ ...options, cursor, log: feedLog(log), onStudy, signal })),
    )
}
