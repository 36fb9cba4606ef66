import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { modelName } from './classify/model-name.ts'
import { type DeliveryTargets, deliverResults } from './deliver/deliver.ts'
import { StowStore } from './deliver/dicom-store.ts'
import { OrthancModalities } from './deliver/orthanc-modalities.ts'
import { OrthancOnward } from './deliver/orthanc-onward.ts'
import { OrthancPriority } from './deliver/orthanc-priority.ts'
import { EmbeddedFhir } from './deliver/embedded-fhir.ts'
import { FhirServerSink } from './deliver/fhir-client.ts'
import type { FhirSink } from './deliver/fhir-sink.ts'
import { ArchivedRejectionNotes } from './deliver/rejection-notes.ts'
import { exchange } from './http/exchange.ts'
import { type HttpService, credentialsOf, httpService } from './http/service.ts'
import { OrthancArchive } from './intake/orthanc-archive.ts'
import { FhirReports } from './intake/fhir-reports.ts'
import { OrthancClient } from './intake/orthanc-client.ts'
import { OrthancReports } from './intake/orthanc-reports.ts'
import { type OpenTriage, openTriage, systemClock } from './open-triage.ts'
import { triageStudy } from './pipeline.ts'
import { countingLog } from './service/counting-log.ts'
import { countedDelivery } from './service/counted-delivery.ts'
import type { Dependency } from './service/health-routes.ts'
import { type Log, type StudyKey, createLog, studyKeyWith } from './service/log.ts'
import { Metrics } from './service/metrics.ts'
import { ModelGate } from './service/model-gate.ts'
import { orthancFeed } from './service/orthanc-feed.ts'
import { type StartReadBack, readBack } from './service/read-back.ts'
import { resolveLogSalt, resolveToken } from './service/secrets.ts'
import type { Queue } from './service/queue.ts'
import { type RunningService, type StartFeed, leaseMs, startService } from './service/service.ts'
import { SqliteQueue } from './service/sqlite-queue.ts'
import { SqliteStore } from './service/sqlite-store.ts'
import { openStateDir } from './service/state-dir.ts'
import type { Store } from './service/store.ts'
import { type Tracing, noTracing, openTracing } from './service/tracing.ts'
import { keptResultWithdrawer } from './service/withdraw-kept.ts'
import type { Settings } from './settings.ts'

/** The servers that the settings name. */
export interface Servers {
  readonly orthanc: HttpService
  readonly dicomWeb: HttpService
  /** Undefined where the service keeps the resources itself. */
  readonly fhir: HttpService | undefined
}

export function serversOf({ Orthanc, DicomWeb, Fhir }: Settings): Servers {
  const fhirUrl = Fhir.Url
  return {
    orthanc: httpService({ name: 'Orthanc', url: Orthanc.Url, credentials: credentialsOf(Orthanc) }),
    dicomWeb: httpService({ name: 'the DICOMweb server', url: DicomWeb.Url, credentials: credentialsOf(DicomWeb) }),
    fhir:
      fhirUrl === undefined
        ? undefined
        : httpService({ name: 'the FHIR server', url: fhirUrl, credentials: credentialsOf(Fhir) }),
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
  const studyKey = studyKeyWith(resolveLogSalt(settings.StateDir))
  const store = opened.adopt(new SqliteStore(join(settings.StateDir, 'store.sqlite')), (open) => {
    open.close()
  })
  const queuePath = join(settings.StateDir, 'queue.sqlite')
  const queue = opened.adopt(new SqliteQueue({ path: queuePath, clock: systemClock, leaseMs }), (open) => open.close())
  const triage = opened.adopt(await openTriage(settings), (open) => open.close())
  const servers = serversOf(settings)
  const orthanc = new OrthancClient(servers.orthanc)
  const metrics = new Metrics()
  const targets = targetsOf(settings, servers, orthanc, store)
  const delivery = countedDelivery(targets, metrics)
  const log = countingLog(createLog({ level: 'info', studyKey }), metrics)
  const about = await aboutThis(triage)
  const tracing = opened.adopt(await tracingOf(settings, about['Version'] ?? '', studyKey, log), (open) => open.close())
  const rejectionNotes = new ArchivedRejectionNotes(servers.dicomWeb, new StowStore(servers.dicomWeb))
  const model = modelName(triage.analyser.model)
  const gate = new ModelGate(model, store.retractions)
  const service = await startService({
    settings,
    token,
    newCode: () => randomBytes(24).toString('base64url'),
    store,
    queue,
    startFeed: settings.Intake.ChangeFeed
      ? orthancFeed({
          client: orthanc,
          feeds: store.feeds,
          pollSeconds: settings.Intake.PollSeconds,
          log,
          onCaughtUp: metrics.followFeed('orthanc', systemClock),
        })
      : pushOnly,
    startReadBack: readBackBy(settings, servers, orthanc, store, log),
    triage: (study) =>
      tracing.follow(study, (onStep) =>
        triageStudy(study, {
          ...triage,
          archive: new OrthancArchive(orthanc, servers.dicomWeb),
          keeper: store.results,
          requireStandingModel: () => {
            gate.requireStanding()
          },
          deliver: (results, priority) =>
            gate.deliver(results.resultKey, () => deliverResults(results, priority, delivery)),
          ...(onStep && { onStep }),
        }),
      ),
    model,
    withdraw: keptResultWithdrawer({ results: store.results, gate, targets: { ...targets, rejectionNotes } }),
    dependencies: [...ownParts(store, queue), ...dependenciesOf(servers, orthanc)],
    ...(viewerUrl !== undefined && { viewerUrl }),
    about,
    studyKey,
    clock: systemClock,
    random: Math.random,
    log,
    metrics,
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

function targetsOf({ Results }: Settings, servers: Servers, orthanc: OrthancClient, store: Store): DeliveryTargets {
  const mark = { label: Results.PriorityLabel, metadata: Results.PriorityMetadata }
  const onward = { modalities: Results.SendTo, commitmentTimeoutMs: Results.CommitmentSeconds * 1000 }
  const dicom = new StowStore(servers.dicomWeb)
  const fhir: FhirSink = servers.fhir === undefined ? new EmbeddedFhir(store.fhir) : new FhirServerSink(servers.fhir)
  return {
    ...(Results.StructuredReport && { structuredReport: dicom }),
    ...(Results.SecondaryCapture && { pictures: dicom }),
    ...(Results.Segmentation && { segmentations: dicom }),
    ...(Results.Fhir && { fhir }),
    ...(Results.Priority && { priority: new OrthancPriority(orthanc, mark) }),
    ...(Results.SendTo.length > 0 && {
      onward: new OrthancOnward(orthanc, new OrthancModalities(servers.orthanc), onward),
    }),
  }
}

function tracingOf({ Tracing }: Settings, version: string, studyKey: StudyKey, log: Log): Promise<Tracing> {
  if (Tracing === undefined) return Promise.resolve(noTracing)
  return openTracing({ otlpUrl: Tracing.OtlpUrl, version, studyKey, clock: systemClock, log })
}

/** What must answer for the service to be ready. */
export function dependenciesOf({ dicomWeb, fhir }: Servers, orthanc: OrthancClient): Dependency[] {
  const archive = [
    { name: 'Orthanc', probe: () => orthanc.system() },
    { name: 'DICOMweb server', probe: () => askForOneStudy(dicomWeb) },
  ]
  if (fhir === undefined) return archive
  return [...archive, { name: 'FHIR server', probe: () => askForCapabilities(fhir) }]
}

/** A disk that is full or gone shows here. */
function ownParts(store: Store, queue: Queue): Dependency[] {
  return [
    { name: 'State', probe: () => Promise.resolve(store.studies.countByState()) },
    { name: 'Queue', probe: () => queue.job('0') },
  ]
}

function askForOneStudy(dicomWeb: HttpService): Promise<unknown> {
  const request = { path: '/studies?limit=1', accept: 'application/dicom+json', maxBytes: 2 ** 20 }
  return exchange(dicomWeb, { ...request, method: 'GET', effect: 'read' })
}

/** The CapabilityStatement, which every FHIR server gives (http.html#capabilities). */
function askForCapabilities(fhir: HttpService): Promise<unknown> {
  const request = { path: '/metadata', accept: 'application/fhir+json', maxBytes: 16 * 2 ** 20 }
  return exchange(fhir, { ...request, method: 'GET', effect: 'read' })
}

async function aboutThis({ analyser, engine }: OpenTriage): Promise<Readonly<Record<string, string>>> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const fallback = engine.fallbackFrom && ` (${engine.fallbackFrom.provider} could not start)`
  return {
    Version: version,
    Model: `${analyser.model.name} ${analyser.model.version}`,
    Engine: `${engine.name} ${engine.version}, ${engine.provider}${fallback ?? ''}`,
    Node: process.version,
  }
}
