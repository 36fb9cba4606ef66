import type { HttpService } from '../../clients/http/http-service.ts'
import type { OrthancClient } from '../../clients/orthanc-client.ts'
import { StudySearch } from '../../intake/study-search.ts'
import { systemClock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { FeedHealth } from '../feeds/feed-health.ts'
import { orthancFeed } from '../feeds/orthanc-feed.ts'
import { qidoFeed } from '../feeds/qido-feed.ts'
import { allFeeds } from '../feeds/running-feed.ts'
import type { StartFeed } from './start-service.ts'
import type { Dependency } from '../../web/routes/health-routes.ts'
import type { Settings } from '../../settings/settings.ts'
import type { SettingsInForce } from '../../settings/settings-in-force.ts'
import type { Store } from '../store/store.ts'

interface Archive {
  readonly orthanc: OrthancClient | undefined
  readonly dicomWeb: HttpService
}

interface FeedParts {
  readonly store: Pick<Store, 'feeds' | 'atLine'>
  readonly health: FeedHealth
  readonly metrics: Metrics
  readonly log: Log
}

/** The feeds that the settings turn on. Without any feed, studies arrive only by `POST /api/studies`. */
export function feedsOf(
  settings: SettingsInForce,
  { orthanc, dicomWeb }: Archive,
  { store: { feeds, atLine }, health, metrics, log }: FeedParts,
): StartFeed {
  const { Qido } = settings.now.Intake
  const starts: StartFeed[] = []
  if (orthanc !== undefined && followsChanges(settings.now)) {
    const onCaughtUp = metrics.followFeed('orthanc', systemClock)
    const pollSeconds = (): number => settings.now.Intake.PollSeconds
    starts.push(orthancFeed({ client: orthanc, feeds, pollSeconds, clock: systemClock, health, log, onCaughtUp }))
  }
  if (Qido !== undefined) {
    const onCaughtUp = metrics.followFeed('qido', systemClock)
    const pollSeconds = (): number => settings.now.Intake.Qido?.PollSeconds ?? Qido.PollSeconds
    const search = new StudySearch(dicomWeb)
    const options = { search, feeds, atLine, days: Qido.Days, pollSeconds, clock: systemClock, log, onCaughtUp }
    starts.push(qidoFeed(options))
  }
  return allFeeds(starts)
}

function followsChanges({ Intake }: Settings): boolean {
  return Intake.ChangeFeed !== false
}

/** The change feed, if the settings turn it on. */
export function feedParts(settings: Settings, orthanc: OrthancClient | undefined, health: FeedHealth): Dependency[] {
  return orthanc !== undefined && followsChanges(settings) ? [health] : []
}
