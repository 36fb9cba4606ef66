import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { modelName } from './classify/model-name.ts'
import { describeEngine } from './classify/engine.ts'
import { type DeliveryTargets, deliverResults } from './deliver/deliver.ts'
import { StowStore } from './deliver/dicom-store.ts'
import { OrthancModalities } from './deliver/orthanc-modalities.ts'
import { OrthancOnward } from './deliver/orthanc-onward.ts'
import { OrthancPriority } from './deliver/orthanc-priority.ts'
import { EmbeddedFhir } from './deliver/embedded-fhir.ts'
import { FhirServerSink } from './deliver/fhir-client.ts'
import type { FhirSink } from './deliver/fhir-sink.ts'
import { ArchivedRejectionNotes } from './deliver/rejection-notes.ts'
import { MllpSender } from './deliver/hl7-sender.ts'
import { type AcknowledgedMessages, SendOnce } from './deliver/send-once.ts'
import type { MllpReceiver } from './deliver/mllp.ts'
import { exchange } from './http/exchange.ts'
import { type HttpService, credentialsOf, httpService } from './http/service.ts'
import { OrthancArchive } from './intake/orthanc-archive.ts'
import { FhirReports } from './intake/fhir-reports.ts'
import { OrthancClient } from './intake/orthanc-client.ts'
import { OrthancReports } from './intake/orthanc-reports.ts'
import type { StudyRef } from './intake/study.ts'
import { type OpenTriage, openTriage, systemClock } from './open-triage.ts'
import { type SharedQueue, openSharedQueue, sharedQueueSettings } from './open-shared-queue.ts'
import { type ResultKeeper, type StudyOutcome, triageStudy } from './pipeline.ts'
import type { Dependency } from './service/health-routes.ts'
import { ModelGate } from './service/model-gate.ts'
import { orthancFeed } from './service/orthanc-feed.ts'
import { type StartReadBack, readBack } from './service/read-back.ts'
import { catchUp, followReports } from './service/follow-reports.ts'
import { type Log, type StudyKey, createLog, studyKeyWith } from './service/log.ts'
import { ReportDesk } from './service/report-desk.ts'
import { deriveKey } from './service/seal.ts'
import { probeRedis } from './service/redis-connection.ts'
import { resolveLogSalt, resolveToken } from './service/secrets.ts'
import { type RunningService, type SharedWork, type StartFeed, leaseMs, startService } from './service/service.ts'
import { SqliteQueue } from './service/sqlite-queue.ts'
import { SqliteStore } from './service/sqlite-store.ts'
import { openStateDir } from './service/state-dir.ts'
import type { Store } from './service/store.ts'
import { keptResultWithdrawer } from './service/withdraw-kept.ts'
import type { StudyGate } from './service/study-gate.ts'
import type { StudyJournal } from './service/study-journal.ts'
import { resumeStudies } from './service/take-study.ts'
import type { Settings } from './settings.ts'

/** The servers that the settings name. */
export interface Servers {
  readonly orthanc: HttpService
  readonly dicomWeb: HttpService
  /** Undefined where the service keeps the resources itself. */
  readonly fhir: HttpService | undefined
  /** Undefined where no HL7 v2 is spoken. */
  readonly hl7: MllpReceiver | undefined
}

export function serversOf({ Orthanc, DicomWeb, Fhir, Hl7 }: Settings): Servers {
  const fhirUrl = Fhir.Url
  return {
    orthanc: httpService({ name: 'Orthanc', url: Orthanc.Url, credentials: credentialsOf(Orthanc) }),
    dicomWeb: httpService({ name: 'the DICOMweb server', url: DicomWeb.Url, credentials: credentialsOf(DicomWeb) }),
    fhir:
      fhirUrl === undefined
        ? undefined
        : httpService({ name: 'the FHIR server', url: fhirUrl, credentials: credentialsOf(Fhir) }),
    hl7: Hl7 && { host: Hl7.Host, port: Hl7.Port, transport: Hl7.Tls ? 'tls' : 'tcp', timeoutMs: Hl7.TimeoutMs },
  }
}

/**
 * Opens the state, loads the model, and starts the service.
 * @param viewerUrl address of a study in the hospital's viewer, with `{StudyInstanceUID}` in it
 * @throws what keeps the service from starting
 */
export async function openService(settings: Settings, viewerUrl: string | undefined): Promise<RunningService> {
  // What was opened is closed in the reverse order, also when a later part cannot start.
  await using opened = new AsyncDisposableStack()
  openStateDir(settings.StateDir)
  const token = resolveToken(settings.Http.Token, settings.StateDir)
  const studyKey = studyKeyOf(settings)
  const store = opened.adopt(new SqliteStore(join(settings.StateDir, 'store.sqlite')), (open) => {
    open.close()
  })
  const sharing = sharedQueueSettings(settings)
  const shared = sharing && opened.adopt(await openSharedQueue(sharing, store), (open) => open.close())
  const queue = shared?.queue ?? opened.adopt(openLocalQueue(settings), (open) => open.close())
  const triage = opened.adopt(await openTriage(settings), (open) => open.close())
  const servers = serversOf(settings)
  const orthanc = new OrthancClient(servers.orthanc)
  const embeddedFhir = servers.fhir === undefined ? new EmbeddedFhir(store.fhir) : undefined
  const acknowledged = shared?.acknowledged ?? store.acknowledged
  // Work that is shared out is delivered alike by all workers, of which only this process has a store.
  const targets = targetsOf(settings, servers, orthanc, {
    acknowledged,
    embeddedFhir: shared === undefined ? embeddedFhir : undefined,
  })
  const withdrawalTargets = {
    ...targetsOf(settings, servers, orthanc, { acknowledged, embeddedFhir }),
    rejectionNotes: new ArchivedRejectionNotes(servers.dicomWeb, new StowStore(servers.dicomWeb)),
  }
  const model = modelName(triage.analyser.model)
  const gate = new ModelGate(model, store.retractions)
  const log = createLog({ level: 'info', studyKey })
  for (const { provider, reason } of triage.engine.passedOver) {
    log.warn('service.engine-passed-over', { engine: provider, reason })
  }
  await shared?.leaveMark(triage.analyser.model)
  const service = await startService({
    settings,
    token,
    newCode: () => randomBytes(24).toString('base64url'),
    store,
    queue,
    ...(shared && {
      shared: sharedWork(shared, store, settings.Results.Fhir ? embeddedFhir : undefined, log),
    }),
    startFeed: settings.Intake.ChangeFeed
      ? orthancFeed({ client: orthanc, feeds: store.feeds, pollSeconds: settings.Intake.PollSeconds, log })
      : pushOnly,
    startReadBack: readBackBy(settings, servers, orthanc, store, log),
    triage: studyTriage(triage, servers, orthanc, targets, {
      keeperOf: (study) => shared?.keeperOf(study) ?? store.results,
      gate,
    }),
    model,
    withdraw: keptResultWithdrawer({ results: store.results, gate, targets: withdrawalTargets }),
    dependencies: [...dependenciesOf(servers, orthanc), ...redisDependency(settings)],
    ...(viewerUrl !== undefined && { viewerUrl }),
    about: await aboutThis(triage),
    studyKey,
    clock: systemClock,
    random: Math.random,
    log,
  })
  const running = opened.move()
  const stop = async (graceMs?: number): Promise<void> => {
    await service.stop(graceMs)
    await running.disposeAsync()
  }
  return { ...service, stop }
}

/** Without the change feed, studies come by `POST /api/studies` alone. */
const pushOnly: StartFeed = () => Promise.resolve({ stop: () => Promise.resolve() })

function readBackBy(
  { Feedback, Fhir, Retention }: Settings,
  { fhir }: Servers,
  orthanc: OrthancClient,
  store: Store,
  log: Log,
): StartReadBack {
  const pollMinutes = Feedback.FhirPollMinutes
  const accessionSystem = Fhir.AccessionIdentifierSystem
  return readBack({
    fhir: fhir && pollMinutes > 0 ? { reports: new FhirReports(fhir), pollMinutes, accessionSystem } : undefined,
    signedReports: Feedback.SignedReports ? new OrthancReports(orthanc) : undefined,
    retentionDays: Retention.Days,
    ...{ store, log, clock: systemClock },
  })
}

/** A study's key in the logs, the same on all machines that share the work. */
export function studyKeyOf(settings: Settings): StudyKey {
  const { Secret } = settings.Queue
  return studyKeyWith(
    Secret === undefined ? resolveLogSalt(settings.StateDir) : deriveKey(Secret, 'study keys').toString('hex'),
  )
}

function openLocalQueue({ StateDir }: Settings): SqliteQueue {
  return new SqliteQueue({ path: join(StateDir, 'queue.sqlite'), clock: systemClock, leaseMs })
}

const reconcileEveryMs = 60_000

/**
 * The coordinator's side of shared work.
 * @param embeddedFhir where bundles go when there is no FHIR server: with the results they come to the one process that has a store
 */
function sharedWork(
  { queue, reporter, results, reader, retractions }: SharedQueue,
  store: Store,
  embeddedFhir: FhirSink | undefined,
  log: Log,
): SharedWork {
  const options = (journal: StudyJournal) => ({
    ...{ reader, reconcileEveryMs, clock: systemClock, log },
    desk: new ReportDesk(journal, { store, queue, results, embeddedFhir, log }),
    reconcile: async () => {
      await resumeStudies(store.studies, journal, queue)
      for (const retraction of store.retractions.all()) await retractions.tell(retraction)
    },
  })
  return {
    reporter,
    tellRetraction: (retraction) => retractions.tell(retraction),
    catchUp: (journal) => catchUp(options(journal)),
    follow: (journal) => followReports(options(journal)),
  }
}

/** The way of a study with these servers. */
export function studyTriage(
  triage: OpenTriage,
  servers: Servers,
  orthanc: OrthancClient,
  targets: DeliveryTargets,
  { keeperOf, gate }: { readonly keeperOf: (study: StudyRef) => ResultKeeper; readonly gate: StudyGate },
): (study: StudyRef) => Promise<StudyOutcome> {
  const archive = new OrthancArchive(orthanc, servers.dicomWeb)
  return (study) =>
    triageStudy(study, {
      ...{ ...triage, archive, keeper: keeperOf(study) },
      requireStandingModel: () => gate.requireStanding(),
      deliver: (results, priority) => gate.deliver(results.resultKey, () => deliverResults(results, priority, targets)),
    })
}

interface TargetState {
  readonly acknowledged: AcknowledgedMessages
  /** Where FHIR goes when no server is set; undefined where that is not this process's task. */
  readonly embeddedFhir: FhirSink | undefined
}

export function targetsOf(
  { Results }: Settings,
  servers: Servers,
  orthanc: OrthancClient,
  { acknowledged, embeddedFhir }: TargetState,
): DeliveryTargets {
  const mark = { label: Results.PriorityLabel, metadata: Results.PriorityMetadata }
  const onward = { modalities: Results.SendTo, commitmentTimeoutMs: Results.CommitmentSeconds * 1000 }
  const dicom = new StowStore(servers.dicomWeb)
  const fhir = servers.fhir === undefined ? embeddedFhir : new FhirServerSink(servers.fhir)
  return {
    ...(Results.StructuredReport && { structuredReport: dicom }),
    ...(Results.SecondaryCapture && { pictures: dicom }),
    ...(Results.Segmentation && { segmentations: dicom }),
    ...(Results.Fhir && fhir !== undefined && { fhir }),
    ...(servers.hl7 !== undefined && { hl7: new SendOnce(new MllpSender(servers.hl7), acknowledged) }),
    ...(Results.Priority && { priority: new OrthancPriority(orthanc, mark) }),
    ...(Results.SendTo.length > 0 && {
      onward: new OrthancOnward(orthanc, new OrthancModalities(servers.orthanc), onward),
    }),
  }
}

/** What must answer for the service to be ready. */
export function dependenciesOf({ fhir }: Servers, orthanc: OrthancClient): Dependency[] {
  const archive = { name: 'Orthanc', probe: () => orthanc.system() }
  if (fhir === undefined) return [archive]
  return [archive, { name: 'FHIR server', probe: () => askForCapabilities(fhir) }]
}

function redisDependency({ Queue }: Settings): Dependency[] {
  const { RedisUrl: url } = Queue
  return url === undefined ? [] : [{ name: 'Redis', probe: () => probeRedis(url, redisTimeoutMs) }]
}

const redisTimeoutMs = 4000

/** The CapabilityStatement, which every FHIR server gives (http.html#capabilities). */
function askForCapabilities(fhir: HttpService): Promise<unknown> {
  const request = { path: '/metadata', accept: 'application/fhir+json', maxBytes: 16 * 2 ** 20 }
  return exchange(fhir, { ...request, method: 'GET', effect: 'read' })
}

export async function aboutThis({ analyser, engine }: OpenTriage): Promise<Readonly<Record<string, string>>> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return {
    Version: version,
    Model: `${analyser.model.name} ${analyser.model.version}`,
    Engine: describeEngine(engine),
    Node: process.version,
  }
}
