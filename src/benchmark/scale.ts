import { statSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { StudyRef } from '../intake/study.ts'
import type { Finding } from '../service/store/finding.ts'
import { worklistSection } from '../web/pages/worklist-page.ts'
import { SqliteQueue } from '../service/queue/sqlite-queue.ts'
import { SqliteStore } from '../service/store/sqlite/sqlite-store.ts'
import { leaseMs } from '../service/queue/intervals.ts'
import { parseFilter } from '../web/worklist-filter.ts'
import type { Clock } from '../clock.ts'
import { type StepSpeed, round, speedOf, timeRepeats } from './speed.ts'

/** Cost of the coordinator per study, and how it grows with the number of studies. */
export interface ScaleSpeed {
  /** Number of studies on the worklist of one day. */
  readonly studies: number
  /** Writes to store and queue per study, without the analysis. They limit the throughput of all workers together. */
  readonly bookkeeping: StepSpeed
  /** Reading and rendering the page of that day. */
  readonly worklistPage: StepSpeed
  readonly worklistPageKb: number
  /** Files of store and queue, without stored results. */
  readonly stateKbPerStudy: number
}

/** Number of studies timed at the end of each size. */
const timedStudies = 100

/**
 * @param sizes lengths of the worklist, ascending
 * @param dir an empty folder on the disk to measure
 */
export async function measureScale(sizes: readonly number[], dir: string, clock: Clock): Promise<ScaleSpeed[]> {
  const paths = ['store.sqlite', 'queue.sqlite'].map((name) => join(dir, name))
  const store = new SqliteStore(paths[0]!)
  const queue = new SqliteQueue({ path: paths[1]!, clock, leaseMs })
  try {
    const speeds: ScaleSpeed[] = []
    for (const [place, studies] of sizes.entries()) {
      const timesMs: number[] = []
      for (let number = sizes[place - 1] ?? 0; number < studies; number++) {
        const startMs = performance.now()
        await bookStudy(`2.25.${number + 1}`, store, queue, clock)
        timesMs.push(performance.now() - startMs)
      }
      speeds.push({
        studies,
        bookkeeping: speedOf(timesMs.slice(-timedStudies)),
        ...(await measureWorklist(store)),
        stateKbPerStudy: round(paths.reduce((sum, path) => sum + statSync(path).size, 0) / studies / 1024),
      })
    }
    return speeds
  } finally {
    await queue.close()
    store.close()
  }
}

/** Makes the writes of the service for a successful study. */
async function bookStudy(uid: string, store: SqliteStore, queue: SqliteQueue, clock: Clock): Promise<void> {
  const study: StudyRef = { studyInstanceUid: uid }
  store.studies.arrived(study, clock.now())
  await queue.enqueue(study, 'normal', 'arrived')
  const claim = await queue.claim()
  store.studies.moveTo(uid, { state: 'active', attempt: 1 }, clock.now())
  store.studies.found(uid, findingOf(uid), clock.now())
  await queue.finish(claim!, 'done')
}

async function measureWorklist(store: SqliteStore) {
  const options = {
    viewerUrl: undefined,
    logKey: (uid: string) => uid,
    opinionsOn: (resultKey: string) => store.opinions.standing(resultKey),
    runningModelRetraction: () => undefined,
    pendingSettings: () => ({ needRestart: [], problems: [] }),
  }
  const page = () => {
    const records = store.studies.since(new Date(0))
    return worklistSection({ records, troubled: new Map(), period: 'all', filter: parseFilter({}), page: 1 }, options)
      .text
  }
  return { worklistPage: await timeRepeats(5, page), worklistPageKb: Math.round(page().length / 1024) }
}

function findingOf(uid: string): Finding {
  return {
    kind: 'analysed',
    resultKey: uid,
    model: { name: 'benchmark', version: '0' },
    analysedAt: '2026-01-01T00:00:00Z',
    pictureCount: 1,
    ms: { fetch: 20, decode: 10, display: 20, lungs: 70, preprocess: 30, network: 30, report: 90, deliver: 90 },
    accessionNumber: uid,
    studyDate: '20260101',
    notAnalysed: [],
    decision: 'absent',
    probabilities: { pneumonia: 0.1, normal: 0.9, bacterial: 0.05, viral: 0.05 },
    thresholds: { present: 0.5, absent: 0.2 },
    imagesDisagree: false,
    flags: [],
  }
}
