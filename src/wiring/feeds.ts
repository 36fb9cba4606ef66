import type { HttpService } from '../http/service.ts'
import type { OrthancClient } from '../intake/orthanc-client.ts'
import { StudySearch } from '../intake/study-search.ts'
import { systemClock } from '../open-triage.ts'
import type { Log } from '../service/log.ts'
import type { Metrics } from '../service/metrics.ts'
import { orthancFeed } from '../service/orthanc-feed.ts'
import { qidoFeed } from '../service/qido-feed.ts'
import { allFeeds } from '../service/running-feed.ts'
import type { StartFeed } from '../service/service.ts'
import type { SettingsInForce } from '../service/settings-in-force.ts'
import type { FeedPositions } from '../service/store.ts'

interface Archive {
  readonly orthanc: OrthancClient | undefined
  readonly dicomWeb: HttpService
}

interface FeedParts {
  readonly feeds: FeedPositions
  readonly metrics: Metrics
  readonly log: Log
}

/** How the settings have new studies noticed; without any of it they come by `POST /api/studies` alone. */
export function feedsOf(
  settings: SettingsInForce,
  { orthanc, dicomWeb }: Archive,
  { feeds, metrics, log }: FeedParts,
): StartFeed {
  const { ChangeFeed, Qido } = settings.now.Intake
  const starts: StartFeed[] = []
  if (orthanc !== undefined && ChangeFeed !== false) {
    const onCaughtUp = metrics.followFeed('orthanc', systemClock)
    const pollSeconds = (): number => settings.now.Intake.PollSeconds
    starts.push(orthancFeed({ client: orthanc, feeds, pollSeconds, log, onCaughtUp }))
  }
  if (Qido !== undefined) {
    const onCaughtUp = metrics.followFeed('qido', systemClock)
    const pollSeconds = (): number => settings.now.Intake.Qido?.PollSeconds ?? Qido.PollSeconds
    const search = new StudySearch(dicomWeb)
    starts.push(qidoFeed({ search, feeds, days: Qido.Days, pollSeconds, clock: systemClock, log, onCaughtUp }))
  }
  return allFeeds(starts)
}
