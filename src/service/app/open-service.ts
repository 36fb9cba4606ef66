import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { modelLineage } from '../../classify/model-name.ts'
import { openTargets } from '../../deliver/delivery-targets.ts'
import { EmbeddedFhir } from '../../deliver/embedded-fhir.ts'
import { FhirServerSink } from '../../deliver/fhir-client.ts'
import { OrthancClient } from '../../clients/orthanc-client.ts'
import { type SharedQueue, openSharedQueue, sharedQueueSettings } from '../cluster/open-shared-queue.ts'
import { type OpenTriage, openTriage } from '../../analyse/open-triage.ts'
import { systemClock } from '../../clock.ts'
import { lookAtSource } from '../deliveries/look-at-source.ts'
import { openArchive } from '../../intake/open-archive.ts'
import { countedDelivery } from '../observe/counted-delivery.ts'
import type { CoordinatorLease } from '../cluster/coordinator-lease.ts'
import { countingLog } from '../observe/counting-log.ts'
import { type Log, createLog } from '../../log.ts'
import { Metrics } from '../observe/metrics.ts'
import { ModelGate } from '../retraction/model-gate.ts'
import type { Queue } from '../queue/queue.ts'
import { resolveToken, stateId } from '../store/secrets.ts'
import { sendAuditEvents } from '../observe/send-audit-events.ts'
import { type RunningService, startService } from './start-service.ts'
import { idleMs, leaseMs } from '../queue/intervals.ts'
import { SettingsInForce } from '../../settings/settings-in-force.ts'
import { SqliteQueue } from '../queue/sqlite-queue.ts'
import { SqliteStore } from '../store/sqlite/sqlite-store.ts'
import { openStateDir } from '../store/state-dir.ts'
import { keptResultWithdrawer } from '../retraction/withdraw-kept.ts'
import { orthancProblems } from '../../settings/probes/orthanc-problems.ts'
import type { ValidSettings } from '../../settings/read-settings.ts'
import type { Settings } from '../../settings/settings.ts'
import { stateBackup } from './back-up.ts'
import { aboutThis } from './about.ts'
import { dependenciesOf, ownParts } from './dependencies.ts'
import { feedParts, feedsOf } from './feeds.ts'
import { FeedHealth } from '../feeds/feed-health.ts'
import { pastStudiesAtFirstStart } from './first-start.ts'
import { studyKeyOf, tracingOf } from './observing.ts'
import { readBackBy } from './read-back.ts'
import { serversOf } from '../../clients/servers.ts'
import { sharedWork } from './shared-work.ts'
import { studyTriage } from './study-triage.ts'

/** A coordinator that does not renew its lease for this long loses it. */
const coordinatorLeaseMs = 10_000

/** The only service on its state folder and its queue. */
export interface OpenService extends RunningService {
  /** Rejects when another coordinator takes over the shared queue. The caller then stops this one. */
  readonly replaced: Promise<never>
}

/**
 * Opens the state, loads the model, and starts the service.
 * @param viewerUrl URL of a study in the hospital's viewer, with `{StudyInstanceUID}` as placeholder
 * @throws every error that prevents the start
 */
export async function openService(
  { settings, orthanc: orthancSettings }: ValidSettings,
  viewerUrl: string | undefined,
): Promise<OpenService> {
  // Closes the opened parts in reverse order, also if a later part fails to start.
  await using opened = new AsyncDisposableStack()
  const { store, queue, shared } = await openState(settings, opened)
  const metrics = new Metrics()
  metrics.watchStateDir(settings.StateDir)
  const studyKey = studyKeyOf(settings)
  const log = countingLog(createLog({ level: 'info', studyKey }), metrics)
  const lease = opened.adopt(await leaseFor(shared, settings, log), (held) => held.release())
  const triage = opened.adopt(await openTriage(settings), (open) => open.close())
  const servers = serversOf(settings)
  const orthanc = servers.orthanc && new OrthancClient(servers.orthanc)
  sayWhatWasPassedOver(triage, log)
  const about = aboutThis(triage)
  const tracing = opened.adopt(await tracingOf(settings, about['Version'] ?? '', studyKey, log), (open) => open.close())
  const embeddedFhir = servers.fhir === undefined ? new EmbeddedFhir(store.fhir) : undefined
  const inForce = new SettingsInForce(settings)
  const targetParts = { servers, orthanc, embeddedFhir, acknowledged: store.acknowledged }
  const archive = openArchive(servers.dicomWeb, orthanc)
  const lineage = modelLineage(triage.folder.manifest)
  const gate = new ModelGate(lineage, store.retractions)
  await shared?.publishCoordinatorModel(triage.analyser.model)
  const health = new FeedHealth()
  const service = await startService({
    ...{ settings: inForce, store, queue, lineage, about, studyKey, log, metrics },
    orthancProblems: async () => (servers.orthanc ? orthancProblems(servers.orthanc, orthancSettings) : []),
    pastStudies: pastStudiesAtFirstStart(store, servers),
    token: resolveToken(settings.Http.Token, settings.StateDir),
    newCode: () => randomBytes(24).toString('base64url'),
    ...(shared && { shared: sharedWork(shared, store, log) }),
    backUp: stateBackup(settings.StateDir, store, queue),
    startFeed: feedsOf(inForce, { orthanc, dicomWeb: servers.dicomWeb }, { store, health, metrics, log }),
    startReadBack: readBackBy(settings, servers, orthanc, store, log),
    triage: studyTriage({
      ...{ triage, archive, tracing },
      bySettings: inForce.built((now) => triage.under(now)),
      keeperOf: (study) => shared?.keeperOf(study) ?? store.results,
      requireStandingModel: () => {
        gate.requireStanding()
      },
    }),
    delivery: {
      gate,
      targets: inForce.built((now) => countedDelivery(openTargets(now, targetParts), metrics)),
      lookAtSource: (study, kept) => lookAtSource(study, kept, archive),
    },
    withdraw: keptResultWithdrawer({
      ...{ results: store.results, gate },
      targets: inForce.built((now) => openTargets(now, targetParts)),
    }),
    dependencies: [
      ...ownParts(store, queue),
      ...feedParts(settings, orthanc, health),
      ...dependenciesOf(settings, servers),
    ],
    ...(viewerUrl !== undefined && { viewerUrl }),
    clock: systemClock,
    random: Math.random,
  })
  if (settings.Fhir.AuditEvents && servers.fhir !== undefined) {
    const sink = new FhirServerSink(servers.fhir)
    const sending = sendAuditEvents({ actions: store.actions, positions: store.feeds, sink, idleMs, log })
    opened.adopt(sending, (open) => open.stop())
  }
  return closedWith(service, opened.move(), lease)
}

/** The service, which at its stop closes what was opened for it. */
function closedWith(
  service: RunningService,
  opened: AsyncDisposableStack,
  { replaced }: CoordinatorLease,
): OpenService {
  const stop = async (graceMs?: number): Promise<void> => {
    await service.stop(graceMs)
    await opened.disposeAsync()
  }
  return { ...service, stop, replaced }
}

/** Without a shared queue no lease is needed: the lock on the state folder excludes a second service. */
function leaseFor(shared: SharedQueue | undefined, { StateDir }: Settings, log: Log): Promise<CoordinatorLease> {
  const { promise: never } = Promise.withResolvers<never>()
  if (shared === undefined) return Promise.resolve({ replaced: never, release: () => Promise.resolve() })
  const since = systemClock.now().toISOString()
  const holder = { state: stateId(StateDir), host: hostname(), pid: process.pid, since }
  return shared.takeLease({ holder, leaseMs: coordinatorLeaseMs, log })
}

interface OpenState {
  readonly store: SqliteStore
  readonly queue: Queue
  /** Set if the queue is shared with other machines. */
  readonly shared: SharedQueue | undefined
}

async function openState(settings: Settings, opened: AsyncDisposableStack): Promise<OpenState> {
  openStateDir(settings.StateDir)
  const store = opened.adopt(new SqliteStore(join(settings.StateDir, 'store.sqlite')), (open) => {
    open.close()
  })
  const sharing = sharedQueueSettings(settings)
  if (sharing !== undefined) {
    const shared = opened.adopt(await openSharedQueue(sharing, store), (open) => open.close())
    return { store, queue: shared.queue, shared }
  }
  const path = join(settings.StateDir, 'queue.sqlite')
  const queue = opened.adopt(new SqliteQueue({ path, clock: systemClock, leaseMs }), (open) => open.close())
  return { store, queue, shared: undefined }
}

function sayWhatWasPassedOver({ engine }: OpenTriage, log: Log): void {
  for (const { provider, reason } of engine.passedOver) {
    log.warn('service.engine-passed-over', { engine: provider, reason })
  }
}
