import { join } from 'node:path'
import type { BackgroundWork } from '../../../src/background.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { unauthorized, unreachable } from '../../../src/clients/http/errors.ts'
import type { StudyRef } from '../../../src/intake/study.ts'
import type { StudyOutcome } from '../../../src/pipeline.ts'
import { createLog } from '../../../src/log.ts'
import type { Queue } from '../../../src/service/queue/queue.ts'
import { runQueue } from '../../../src/service/queue/run-queue.ts'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { type TakeStudy, studyTaker } from '../../../src/service/studies/take-study.ts'
import {
  type SetClock,
  inTempDir,
  prediction,
  reported,
  resultsOf,
  setClock,
  studyUid,
  noEffects,
} from '../fixtures.ts'

export type Triage = (study: StudyRef) => Promise<StudyOutcome>

interface Bench {
  readonly clock: SetClock
  readonly store: SqliteStore
  readonly queue: SqliteQueue
  readonly recorder: StudyRecorder
  readonly take: TakeStudy
  readonly start: (
    triage: Triage,
    over?: { queue?: Queue; concurrency?: number; renewEveryMs?: number },
  ) => BackgroundWork
  readonly stateOf: (uid: string) => string | undefined
}

export const log = createLog({ level: 'silent', studyKey: (uid) => uid })

export async function onBench(test: (bench: Bench) => Promise<void>): Promise<void> {
  await inTempDir(async (dir) => {
    const clock = setClock()
    const store = new SqliteStore(join(dir, 'store.sqlite'))
    const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock, leaseMs: 60_000 })
    const recorder = new StudyRecorder(store.studies, clock, log, noEffects)
    const running: BackgroundWork[] = []
    try {
      await test({
        clock,
        store,
        queue,
        recorder,
        take: studyTaker(recorder, queue, log),
        stateOf: (uid) => store.studies.get(uid)?.progress.state,
        start: (triage, over = {}) => {
          const common = {
            queue,
            reporter: recorder,
            clock,
            log,
            concurrency: 1,
            maxAttempts: () => 3,
            renewEveryMs: 600_000,
            idleMs: 5,
          }
          running.push(runQueue({ ...common, random: () => 0, triage, ...over }))
          return running.at(-1)!
        },
      })
    } finally {
      for (const one of running) await one.stop(0)
      await queue.close()
      store.close()
    }
  })
}

export const outcomeFor = ({ studyInstanceUid }: StudyRef): StudyOutcome => {
  const finding = prediction(studyInstanceUid, 0.8)
  return reported({ prediction: finding, results: resultsOf(finding, Uint8Array.of(1)) })
}

export const failing = (failureClass: 'transient' | 'permanent') =>
  new TriageError(failureClass === 'transient' ? unreachable : unauthorized, failureClass, 'The archive is down.')

/** The queue, which calls `before` first whenever `method` is called. */
export function hooked(queue: Queue, method: keyof Queue, before: (first: unknown) => void): Queue {
  return new Proxy(queue, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: readonly unknown[]): unknown => {
        if (name === method) before(args[0])
        return Reflect.apply(value, target, args)
      }
    },
  })
}

export const one = { studyInstanceUid: studyUid(1) }
export const two = { studyInstanceUid: studyUid(2) }
