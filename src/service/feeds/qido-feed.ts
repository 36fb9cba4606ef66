import { runInBackground } from '../../background.ts'
import { type StudiesAtLine, drawPollLine, pollStudies } from '../../intake/feed/study-poll.ts'
import type { StudySearch } from '../../intake/study-search.ts'
import type { Clock } from '../../clock.ts'
import { type FeedOptions, attemptLine, feedCursor, feedLog } from './running-feed.ts'
import type { StartFeed } from '../app/start-service.ts'

interface QidoFeedOptions extends FeedOptions {
  readonly search: StudySearch
  readonly atLine: StudiesAtLine
  readonly days: number
  readonly clock: Clock
}

/**
 * Polls a DICOMweb archive by QIDO-RS from the stored position until the service stops. At the first start, the line is
 * drawn before the service reports that it has started; if the archive does not answer, as soon as it does.
 */
export function qidoFeed({ feeds, log, ...others }: QidoFeedOptions): StartFeed {
  const cursor = feedCursor(feeds, 'qido')
  const options = { ...others, cursor, log: feedLog(log) }
  return async (onStudy) => {
    if (cursor.read() === 0) await attemptLine((signal) => drawPollLine({ ...options, signal }))
    return runInBackground((signal) => pollStudies({ ...options, onStudy, signal }))
  }
}
