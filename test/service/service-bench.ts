import { join } from 'node:path'
import type { StudyArrival } from '../../src/intake/feed/change-feed.ts'
import { FhirReports } from '../../src/intake/fhir-reports.ts'
import type { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { OrthancReports } from '../../src/intake/orthanc-reports.ts'
import type { HttpService } from '../../src/clients/http/http-service.ts'
import type { StudyRef } from '../../src/intake/study.ts'
import { modelName } from '../../src/classify/model-name.ts'
import type { StudyOutcome } from '../../src/pipeline.ts'
import type { Dependency } from '../../src/web/routes/health-routes.ts'
import { countingLog } from '../../src/service/observe/counting-log.ts'
import { createLog, studyKeyWith } from '../../src/log.ts'
import { Metrics } from '../../src/service/observe/metrics.ts'
import type { Withdrawal } from '../../src/service/retraction/retraction.ts'
import { FeedHealth } from '../../src/service/feeds/feed-health.ts'
import { orthancFeed } from '../../src/service/feeds/orthanc-feed.ts'
import { stateBackup } from '../../src/service/app/back-up.ts'
import { ownParts } from '../../src/service/app/dependencies.ts'
import { readBack } from '../../src/service/read-back/read-back.ts'
import { type RunningService, type SharedWork, startService } from '../../src/service/app/start-service.ts'
import type { DeliveryTargets } from '../../src/deliver/delivery-targets.ts'
import type { SourceLook } from '../../src/service/deliveries/look-at-source.ts'
import { ModelGate } from '../../src/service/retraction/model-gate.ts'
import { SettingsInForce } from '../../src/settings/settings-in-force.ts'
import { SqliteQueue } from '../../src/service/queue/sqlite-queue.ts'
import { SqliteStore } from '../../src/service/store/sqlite/sqlite-store.ts'
import type { Clock } from '../../src/clock.ts'
import { settingsSchema } from '../../src/settings/settings.ts'
import { inTempDir, model, prediction, realClock, reported, resultsOf } from './fixtures.ts'

export const token = 'the-token-of-the-tests'
/** Shared with the plugin inside Orthanc. */
export const pluginKey = 'the-plugin-key-of-the-tests'

/** System of the test hospital's accession numbers. */
export const accessionSystem = 'urn:hospital:accession'

/** A running service on a free port, without an archive or a neural network. */
export interface ServiceBench {
  readonly service: RunningService
  readonly store: SqliteStore
  readonly queue: SqliteQueue
  readonly stateDir: string
  /** Everything logged so far. */
  readonly logLines: readonly string[]
  /** Announces a study, as the archive's feed does. */
  readonly feed: (arrival: StudyArrival) => Promise<void>
  /** Sends a request, with the token unless other headers are given. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
}

export interface BenchOptions {
  /** A study's probability of pneumonia, or its outcome. */
  readonly find?: (study: StudyRef) => number | Promise<StudyOutcome>
  /** Carries out a withdrawal. By default it succeeds. */
  readonly withdraw?: (withdrawal: Withdrawal) => Promise<void>
  readonly jpeg?: Uint8Array<ArrayBuffer>
  /** By default none. */
  readonly targets?: DeliveryTargets
  /** By default the archive has every image unchanged. */
  readonly lookAtSource?: () => Promise<SourceLook>
  readonly dependencies?: readonly Dependency[]
  /** Ask the store and the queue too, as the real service does. */
  readonly asksOwnParts?: true
  /** The folder of the state folder. */
  readonly parentDir?: string
  /** By default a new one, which is deleted afterwards. */
  readonly stateDir?: string
  readonly viewerUrl?: string
  /** Settings of `Http`. */
  readonly http?: Readonly<Record<string, unknown>>
  /** Settings of `Queue`. */
  readonly queue?: Readonly<Record<string, unknown>>
  /** Further sections of the settings. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Called when the service stops its feed and its read-back. */
  readonly onStop?: (part: 'feed' | 'read-back') => Promise<void>
  /** Work shared with other machines. By default this service works alone. */
  readonly shared?: SharedWork
  /** Called before read-back reads the signed reports of an announced study. */
  readonly onArrival?: () => Promise<void>
  /** Why the feed does not start. */
  readonly feedFailure?: Error
  /** Fills the state folder before the service starts. */
  readonly prepare?: (stateDir: string) => void
  /** By default the machine's clock. */
  readonly clock?: Clock
  /** The Orthanc whose change feed and signed reports are read. */
  readonly orthanc?: OrthancClient
  /** The FHIR server that is polled for final reports, many times a second. */
  readonly fhir?: HttpService
}

export async function withService(options: BenchOptions, test: (bench: ServiceBench) => Promise<void>): Promise<void> {
  await inStateDir(options, async (stateDir) => {
    options.prepare?.(stateDir)
    const clock = options.clock ?? realClock
    const store = new SqliteStore(join(stateDir, 'store.sqlite'))
    const queue = new SqliteQueue({ path: join(stateDir, 'queue.sqlite'), clock, leaseMs: 60_000 })
    const logLines: string[] = []
    const studyKey = studyKeyWith('salt of the tests')
    const stream = { write: (line: string) => void logLines.push(line) }
    const metrics = new Metrics()
    const log = countingLog(createLog({ level: 'info', studyKey, stream }), metrics)
    let feed: ServiceBench['feed'] | undefined
    const startReadBack = readBack({
      fhir: options.fhir && { reports: new FhirReports(options.fhir), pollMinutes: 0.001, accessionSystem },
      signedReports: options.orthanc && new OrthancReports(options.orthanc),
      retentionDays: 90,
      ...{ store, log, clock },
    })
    const service = await startService({
      settings: new SettingsInForce(
        settingsSchema.parse({
          DicomWeb: { Url: 'http://127.0.0.1:1/dicom-web' },
          Orthanc: { Url: 'http://127.0.0.1:1' },
          Http: { Port: 0, ...options.http },
          Plugin: { Key: pluginKey },
          ...(options.queue && { Queue: options.queue }),
          ...options.settings,
        }),
      ),
      ...{ token, store, queue, studyKey, clock, random: Math.random },
      withdrawalPollMs: 20,
      newCode: () => crypto.randomUUID(),
      metrics,
      log,
      startFeed: (take, compare) => {
        feed = take
        if (options.feedFailure !== undefined) return Promise.reject(options.feedFailure)
        if (options.orthanc === undefined) return Promise.resolve({ stop: async () => options.onStop?.('feed') })
        const onCaughtUp = metrics.followFeed('orthanc', clock)
        const { orthanc: client } = options
        const health = new FeedHealth()
        const feeding = { client, feeds: store.feeds, clock, health, pollSeconds: () => 0.05, log, onCaughtUp }
        return orthancFeed(feeding)(take, compare)
      },
      startReadBack: (feedback) => {
        const running = startReadBack(feedback)
        return {
          arrived: (arrival) => (options.onArrival?.() ?? Promise.resolve()).then(() => running.arrived(arrival)),
          stop: () => (options.onStop?.('read-back') ?? Promise.resolve()).then(() => running.stop()),
        }
      },
      triage: (study) => triage(study, store, options),
      lineage: [modelName(model)],
      backUp: stateBackup(stateDir, store, queue),
      withdraw: options.withdraw ?? (() => Promise.resolve()),
      delivery: {
        targets: () => options.targets ?? {},
        gate: new ModelGate([modelName(model)], store.retractions),
        lookAtSource: options.lookAtSource ?? (() => Promise.resolve('unchanged')),
      },
      dependencies: [...(options.asksOwnParts ? ownParts(store, queue) : []), ...(options.dependencies ?? [])],
      about: { Model: 'pneumonia 0.1.0', Engine: 'ONNX Runtime 1.30.0 (cpu)', Version: '0.1.0' },
      ...(options.viewerUrl !== undefined && { viewerUrl: options.viewerUrl }),
      ...(options.shared && { shared: options.shared }),
    }).catch(async (error: unknown) => {
      await queue.close()
      store.close()
      throw error
    })
    try {
      await test({
        ...{ service, store, queue, stateDir, logLines },
        feed: (arrival) => feed!(arrival),
        ask: (path, init) =>
          fetch(`${service.url}${path}`, {
            headers: { Authorization: `Bearer ${token}` },
            redirect: 'manual',
            ...init,
          }),
      })
    } finally {
      await service.stop(0)
      await queue.close()
      store.close()
    }
  })
}

function inStateDir({ stateDir, parentDir }: BenchOptions, test: (dir: string) => Promise<void>): Promise<void> {
  return stateDir === undefined ? inTempDir(test, parentDir) : test(stateDir)
}

/** Like the pipeline: stores the results and returns the outcome. */
async function triage(study: StudyRef, store: SqliteStore, { find, jpeg }: BenchOptions): Promise<StudyOutcome> {
  const found = find?.(study) ?? 0.8
  if (typeof found !== 'number') return found
  const finding = prediction(study.studyInstanceUid, found)
  const kept = { prediction: finding, results: resultsOf(finding, jpeg ?? Uint8Array.of(1)) }
  store.results.keepResults(kept)
  return Promise.resolve(reported(kept))
}

export function arrivalOf(studyInstanceUid: string): StudyArrival {
  return {
    study: { studyInstanceUid },
    series: [{ seriesInstanceUid: `${studyInstanceUid}.1`, modality: 'CR', instanceCount: 1 }],
  }
}
