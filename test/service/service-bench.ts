import { join } from 'node:path'
import type { StudyArrival } from '../../src/intake/change-feed.ts'
import type { StudyRef } from '../../src/intake/study.ts'
import type { StudyOutcome } from '../../src/pipeline.ts'
import type { Dependency } from '../../src/service/health-routes.ts'
import { countingLog } from '../../src/service/counting-log.ts'
import { createLog, studyKeyWith } from '../../src/service/log.ts'
import { Metrics } from '../../src/service/metrics.ts'
import { type RunningService, startService } from '../../src/service/service.ts'
import { SqliteQueue } from '../../src/service/sqlite-queue.ts'
import { SqliteStore } from '../../src/service/sqlite-store.ts'
import type { Clock } from '../../src/stopwatch.ts'
import { settingsSchema } from '../../src/settings.ts'
import { inTempDir, prediction, realClock, reported, resultsOf } from './fixtures.ts'

export const token = 'the-token-of-the-tests'

/** A running service on a free port, with the archive and the network left out. */
export interface ServiceBench {
  readonly service: RunningService
  readonly store: SqliteStore
  readonly queue: SqliteQueue
  readonly stateDir: string
  /** Everything logged so far. */
  readonly logLines: readonly string[]
  /** What the archive's feed names. */
  readonly feed: (arrival: StudyArrival) => Promise<void>
  /** Asks with the token, unless other headers are given. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
}

export interface BenchOptions {
  /** Probability of pneumonia of a study, or what goes wrong with it. */
  readonly find?: (study: StudyRef) => number | Promise<StudyOutcome>
  readonly png?: Uint8Array<ArrayBuffer>
  readonly dependencies?: readonly Dependency[]
  readonly viewerUrl?: string
  /** Settings of `Http`. */
  readonly http?: Readonly<Record<string, number>>
  /** The machine's own where none is given. */
  readonly clock?: Clock
}

export async function withService(options: BenchOptions, test: (bench: ServiceBench) => Promise<void>): Promise<void> {
  await inTempDir(async (stateDir) => {
    const clock = options.clock ?? realClock
    const store = new SqliteStore(join(stateDir, 'store.sqlite'))
    const queue = new SqliteQueue({ path: join(stateDir, 'queue.sqlite'), clock, leaseMs: 60_000 })
    const logLines: string[] = []
    const studyKey = studyKeyWith('salt of the tests')
    const stream = { write: (line: string) => void logLines.push(line) }
    const metrics = new Metrics()
    let feed: ServiceBench['feed'] | undefined
    const service = await startService({
      settings: settingsSchema.parse({
        DicomWeb: { Url: 'http://127.0.0.1:1/dicom-web' },
        Orthanc: { Url: 'http://127.0.0.1:1' },
        Http: { Port: 0, ...options.http },
      }),
      ...{ token, store, queue, studyKey, clock, random: Math.random },
      newCode: () => crypto.randomUUID(),
      log: countingLog(createLog({ level: 'info', studyKey, stream }), metrics),
      metrics,
      startFeed: (take) => {
        feed = take
        return Promise.resolve({ stop: () => Promise.resolve() })
      },
      triage: (study) => triage(study, store, options),
      dependencies: options.dependencies ?? [],
      about: { Model: 'pneumonia 0.1.0', Engine: 'ONNX Runtime 1.30.0 (cpu)', Version: '0.1.0' },
      ...(options.viewerUrl !== undefined && { viewerUrl: options.viewerUrl }),
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

/** As the pipeline does it: results are kept, and the outcome tells of them. */
async function triage(study: StudyRef, store: SqliteStore, { find, png }: BenchOptions): Promise<StudyOutcome> {
  const found = find?.(study) ?? 0.8
  if (typeof found !== 'number') return found
  const finding = prediction(study.studyInstanceUid, found)
  const kept = { prediction: finding, results: resultsOf(finding, png ?? Uint8Array.of(1)) }
  store.results.keepResults(study.studyInstanceUid, kept)
  return Promise.resolve(reported(kept))
}

export function arrivalOf(studyInstanceUid: string): StudyArrival {
  return {
    study: { studyInstanceUid },
    series: [{ seriesInstanceUid: `${studyInstanceUid}.1`, modality: 'CR', instanceCount: 1 }],
  }
}
