import { join } from 'node:path'
import { expect } from 'chai'
import type { BackgroundWork } from '../../../src/background.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { unauthorized, unreachable } from '../../../src/clients/http/errors.ts'
import type { StudyRef } from '../../../src/intake/study.ts'
import type { StudyOutcome } from '../../../src/pipeline.ts'
import type { RefusalCode } from '../../../src/errors/reason-codes.ts'
import { createLog } from '../../../src/log.ts'
import type { Queue } from '../../../src/service/queue/queue.ts'
import { retryDelayMs } from '../../../src/service/queue/retry-delay.ts'
import { runQueue } from '../../../src/service/queue/run-queue.ts'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { type TakeStudy, arrivalTaker, resumeStudies, studyTaker } from '../../../src/service/studies/take-study.ts'
import { type SetClock, inTempDir, prediction, reported, resultsOf, setClock, studyUid, until } from '../fixtures.ts'

type Triage = (study: StudyRef) => Promise<StudyOutcome>

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

const log = createLog({ level: 'silent', studyKey: (uid) => uid })

async function onBench(test: (bench: Bench) => Promise<void>): Promise<void> {
  await inTempDir(async (dir) => {
    const clock = setClock()
    const store = new SqliteStore(join(dir, 'store.sqlite'))
    const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock, leaseMs: 60_000 })
    const recorder = new StudyRecorder(store.studies, clock, log)
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

const outcomeFor = ({ studyInstanceUid }: StudyRef): StudyOutcome => {
  const finding = prediction(studyInstanceUid, 0.8)
  return reported({ prediction: finding, results: resultsOf(finding, Uint8Array.of(1)) })
}

const failing = (failureClass: 'transient' | 'permanent') =>
  new TriageError(failureClass === 'transient' ? unreachable : unauthorized, failureClass, 'The archive is down.')

/** The queue, which calls `before` first whenever `method` is called. */
function hooked(queue: Queue, method: keyof Queue, before: (first: unknown) => void): Queue {
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

const one = { studyInstanceUid: studyUid(1) }
const two = { studyInstanceUid: studyUid(2) }

describe('queue runner', () => {
  it('records the finding of an analysed study', () =>
    onBench(async ({ take, start, store, stateOf, queue }) => {
      start((study) => Promise.resolve(outcomeFor(study)))
      await take(one, 'normal', 'arrived')
      await until(() => stateOf(one.studyInstanceUid) === 'done')
      expect(store.studies.get(one.studyInstanceUid)?.finding).to.deep.include({
        kind: 'analysed',
        decision: 'present',
        accessionNumber: 'A-1',
      })
      await until(async () => (await queue.job(one.studyInstanceUid))?.state === 'done')
    }))

  it('records why a study was skipped, each reason once', () =>
    onBench(async ({ take, start, store, stateOf }) => {
      const reason = (number: number, code: RefusalCode) => ({
        sopInstanceUid: `1.${number}`,
        code,
        reason: `Reason ${code}.`,
      })
      const reasons = [reason(1, 'NOT_RADIOGRAPHY'), reason(2, 'NOT_RADIOGRAPHY'), reason(3, 'NOT_FRONTAL')]
      start(() => Promise.resolve({ kind: 'skipped', reasons }))
      await take(one, 'normal', 'arrived')
      await until(() => stateOf(one.studyInstanceUid) === 'skipped')
      expect(store.studies.get(one.studyInstanceUid)?.progress).to.deep.equal({
        state: 'skipped',
        problem: { code: 'NOT_RADIOGRAPHY', reason: 'Reason NOT_RADIOGRAPHY. Reason NOT_FRONTAL.' },
      })
    }))

  it('retries a transient failure with growing back-off, and gives up after the last attempt', () =>
    onBench(async ({ take, start, store, clock }) => {
      let attempts = 0
      start(() => {
        attempts++
        return Promise.reject(new TriageError(unreachable, 'transient', 'The archive is down.'))
      })
      const progress = () => store.studies.get(one.studyInstanceUid)?.progress
      const failed = async (attempt: number) => {
        await until(() => progress()?.state !== 'active' && attempts === attempt)
        return progress()
      }
      const problem = { code: 'HTTP_UNREACHABLE', reason: 'The archive is down.' }
      await take(one, 'normal', 'arrived')
      for (const [attempt, waitMs] of [
        [1, 2500],
        [2, 7500],
      ] as const) {
        const retryAt = new Date(clock.now().getTime() + waitMs)
        expect(await failed(attempt)).to.deep.equal({ state: 'retrying', attempt, retryAt, problem })
        clock.advance(waitMs - 1)
        await new Promise((resolve) => setTimeout(resolve, 20))
        expect(attempts).to.equal(attempt)
        clock.advance(1)
      }
      expect(await failed(3)).to.deep.equal({ state: 'dead', attempt: 3, problem })
    }))

  it('gives up after one attempt on an undeclared error', () =>
    onBench(async ({ take, start, store, stateOf }) => {
      start(() => Promise.reject(new RangeError('out of range')))
      await take(one, 'normal', 'arrived')
      await until(() => stateOf(one.studyInstanceUid) === 'dead')
      expect(store.studies.get(one.studyInstanceUid)?.progress).to.deep.include({ state: 'dead', attempt: 1 })
    }))

  it('processes as many studies at the same time as the concurrency allows, and no more', () =>
    onBench(async ({ take, start, stateOf }) => {
      let now = 0
      let most = 0
      start(
        async (study) => {
          most = Math.max(most, ++now)
          await new Promise((resolve) => setTimeout(resolve, 10))
          now--
          return outcomeFor(study)
        },
        { concurrency: 3 },
      )
      const uids = Array.from({ length: 9 }, (_, index) => studyUid(index))
      for (const studyInstanceUid of uids) await take({ studyInstanceUid }, 'normal', 'arrived')
      await until(() => uids.every((uid) => stateOf(uid) === 'done'))
      expect(most).to.equal(3)
    }))

  it('finishes the running study when it stops, and takes no new one', () =>
    onBench(async ({ take, start, stateOf }) => {
      const { promise: release, resolve } = Promise.withResolvers<undefined>()
      const running = start(async (study) => {
        await release
        return outcomeFor(study)
      })
      await take(one, 'normal', 'arrived')
      await take(two, 'normal', 'arrived')
      await until(() => stateOf(one.studyInstanceUid) === 'active')
      const stopped = running.stop(60_000)
      resolve(undefined)
      await stopped
      expect(stateOf(one.studyInstanceUid)).to.equal('done')
      expect(stateOf(two.studyInstanceUid)).to.equal('waiting')
    }))

  it('requeues a study that does not finish within the grace period, and ignores its later outcome', () =>
    onBench(async ({ take, start, stateOf, queue }) => {
      const { promise: release, resolve } = Promise.withResolvers<undefined>()
      const running = start(async (study) => {
        await release
        return outcomeFor(study)
      })
      await take(one, 'normal', 'arrived')
      await until(() => stateOf(one.studyInstanceUid) === 'active')
      await running.stop(10)
      expect(stateOf(one.studyInstanceUid)).to.equal('waiting')
      resolve(undefined)
      await new Promise((done) => setTimeout(done, 20))
      expect(stateOf(one.studyInstanceUid)).to.equal('waiting')
      expect(await queue.job(one.studyInstanceUid)).to.deep.include({ state: 'waiting', attempt: 0 })
    }))

  for (const [name, end] of Object.entries<() => ReturnType<Triage>>({
    'a finding': () => Promise.resolve(outcomeFor(one)),
    'a skipped study': () => Promise.resolve({ kind: 'skipped', reasons: [] }),
    'a failure to be retried': () => Promise.reject(failing('transient')),
    'a permanent failure': () => Promise.reject(failing('permanent')),
  }))
    it(`reports and ends nothing with ${name} if another worker has taken over the study`, () =>
      onBench(async ({ take, start, clock, store, queue }) => {
        const { promise: released, resolve } = Promise.withResolvers<undefined>()
        const stale = start(() => released.then(end))
        await take(one, 'normal', 'arrived')
        const attempt = (number: number) => ({ state: 'active', attempt: number }) as const
        const progress = () => store.studies.get(one.studyInstanceUid)?.progress
        await until(() => progress()?.state === 'active')
        const stopped = stale.stop()
        clock.advance(60_001)
        const finished = Promise.withResolvers<undefined>()
        const other = start(() => finished.promise.then(() => outcomeFor(one)))
        await until(async () => (await queue.job(one.studyInstanceUid))?.attempt === 2)
        resolve(undefined)
        await stopped
        expect(progress()).to.deep.equal(attempt(2))
        expect(await queue.job(one.studyInstanceUid)).to.deep.include(attempt(2))
        const ended = other.stop()
        finished.resolve(undefined)
        await ended
        expect(progress()).to.deep.equal({ state: 'done' })
      }))

  it('leaves a study that another worker has taken over to that worker if it stops', () =>
    onBench(async ({ take, start, clock, store, queue }) => {
      const stale = start(() => new Promise<never>(() => undefined))
      await take(one, 'normal', 'arrived')
      const progress = () => store.studies.get(one.studyInstanceUid)?.progress
      await until(() => progress()?.state === 'active')
      clock.advance(60_001)
      start(() => new Promise<never>(() => undefined))
      await until(async () => (await queue.job(one.studyInstanceUid))?.attempt === 2)
      await stale.stop(0)
      expect(progress()).to.deep.equal({ state: 'active', attempt: 2 })
      expect(await queue.job(one.studyInstanceUid)).to.deep.include({ state: 'active', attempt: 2 })
    }))

  it('renews its lease while it works on a study, and no longer afterwards', () =>
    onBench(async ({ take, start, clock, queue }) => {
      const { promise: released, resolve } = Promise.withResolvers<undefined>()
      let renewals = 0
      const counted = hooked(queue, 'renew', () => renewals++)
      const running = start(() => released.then(() => outcomeFor(one)), { queue: counted, renewEveryMs: 1 })
      await take(one, 'normal', 'arrived')
      await until(() => renewals > 0)
      for (let step = 0; step < 3; step++) {
        clock.advance(40_000)
        const before = renewals
        await until(() => renewals > before)
        expect(await queue.claim()).to.equal(undefined)
      }
      const stopped = running.stop()
      resolve(undefined)
      await stopped
      const before = renewals
      await take(two, 'normal', 'arrived')
      const next = start((study) => Promise.resolve(outcomeFor(study)))
      await until(async () => (await queue.job(two.studyInstanceUid))?.state === 'done')
      await next.stop()
      expect(renewals).to.equal(before)
    }))

  it('continues after failed claims of the queue', () =>
    onBench(async ({ take, start, stateOf, queue }) => {
      let claims = 0
      const flaky = hooked(queue, 'claim', () => {
        if (++claims <= 3) throw new Error('connection lost')
      })
      start((study) => Promise.resolve(outcomeFor(study)), { queue: flaky })
      await take(one, 'normal', 'arrived')
      await until(() => stateOf(one.studyInstanceUid) === 'done')
      expect(claims).to.be.above(3)
    }))
})

describe('study intake', () => {
  const series = (seriesInstanceUid: string, instanceCount: number) => ({
    seriesInstanceUid,
    modality: 'CR',
    instanceCount,
  })

  it('queues a study that grew or lost its results, but not one that only received our own results', () =>
    onBench(async ({ take, store, start, stateOf, queue }) => {
      const arrived = arrivalTaker(store, take, log)
      const results = resultsOf(prediction(one.studyInstanceUid, 0.8), Uint8Array.of(1))
      let runs = 0
      start((study) => {
        runs++
        store.results.keepResults('input', { prediction: prediction(study.studyInstanceUid, 0.8), results })
        return Promise.resolve(outcomeFor(study))
      })
      const settled = () => until(async () => (await queue.unfinished()).length === 0)
      const own = series(results.parts.structuredReport![0]!.seriesInstanceUid, 2)
      await arrived({ study: one, series: [series('1.2.1', 1)] })
      await settled()
      expect(stateOf(one.studyInstanceUid)).to.equal('done')
      await arrived({ study: one, series: [own, series('1.2.1', 1)] })
      await settled()
      expect(runs).to.equal(1)
      await arrived({ study: one, series: [series('1.2.1', 2), own] })
      await settled()
      expect(runs).to.equal(2)
      await arrived({ study: one, series: [series('1.2.1', 2), own] })
      await settled()
      expect(runs).to.equal(2)
      await arrived({ study: one, series: [series('1.2.1', 2)] })
      await settled()
      expect(runs, 'results deleted with the study').to.equal(3)
    }))

  it('queues a recorded study that has no job', () =>
    onBench(async ({ recorder, queue, store }) => {
      recorder.arrived(one)
      expect(await resumeStudies(store.studies, recorder, queue)).to.equal(1)
      expect(await queue.job(one.studyInstanceUid)).to.deep.include({ state: 'waiting' })
      expect(await resumeStudies(store.studies, recorder, queue)).to.equal(0)
    }))

  it('records a study before a worker can claim it', () =>
    onBench(async ({ recorder, stateOf, queue }) => {
      const recorded: unknown[] = []
      const watched = hooked(queue, 'enqueue', (study) => recorded.push(stateOf((study as StudyRef).studyInstanceUid)))
      const take = studyTaker(recorder, watched, log)
      await take(one, 'normal', 'arrived')
      await take(two, 'urgent', 'asked-for')
      expect(recorded).to.deep.equal(['waiting', 'waiting'])
    }))
})

describe('retry back-off', () => {
  it('triples with each attempt up to half an hour, randomised over its upper half', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 20].map((attempt) => retryDelayMs('transient', attempt, 0.999999999))
    expect(longest).to.deep.equal([5000, 15_000, 45_000, 135_000, 405_000, 1_215_000, 1_800_000, 1_800_000])
    expect(retryDelayMs('transient', 1, 0)).to.equal(2500)
    expect(retryDelayMs('ambiguous', 1, 0)).to.equal(7500)
  })
})
