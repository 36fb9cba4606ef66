import { expect } from 'chai'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { outputInvalid } from '../../../src/classify/errors.ts'
import { unreachable } from '../../../src/clients/http/errors.ts'
import type { RefusalCode } from '../../../src/errors/reason-codes.ts'
import type { StudyRef } from '../../../src/intake/study.ts'
import { retryDelayMs } from '../../../src/service/queue/retry-delay.ts'
import { studyUid, until } from '../fixtures.ts'
import { failing, hooked, onBench, one, outcomeFor, two } from './runner-bench.ts'

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
    onBench(async ({ take, start, store, clock, queue }) => {
      let [attempts, claims] = [0, 0]
      const triage = () => {
        attempts++
        return Promise.reject(new TriageError(unreachable, 'transient', 'The archive is down.'))
      }
      start(triage, { queue: hooked(queue, 'claim', () => claims++) })
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
        const before = claims
        // The second claim after the advance is made once the first has found nothing.
        await until(() => claims >= before + 2)
        expect(attempts).to.equal(attempt)
        clock.advance(1)
      }
      expect(await failed(3)).to.deep.equal({ state: 'dead', attempt: 3, problem })
    }))

  for (const [name, failure] of [
    ['an undeclared error', new RangeError('Doe^Ann is out of range')],
    ['a server fault', new TriageError(outputInvalid, 'server', 'The network is gone.')],
  ] as const) {
    it(`retries ${name} until the last attempt, and records a reason without foreign text`, () =>
      onBench(async ({ take, start, store, stateOf, clock }) => {
        let attempts = 0
        start(() => {
          attempts++
          return Promise.reject(failure)
        })
        await take(one, 'normal', 'arrived')
        for (const attempt of [1, 2]) {
          await until(() => stateOf(one.studyInstanceUid) === 'retrying' && attempts === attempt)
          clock.advance(60_000)
        }
        await until(() => stateOf(one.studyInstanceUid) === 'dead')
        const progress = store.studies.get(one.studyInstanceUid)?.progress
        expect(progress).to.deep.include({ state: 'dead', attempt: 3 })
        const expected =
          failure instanceof TriageError
            ? { code: 'CLASSIFY_OUTPUT_INVALID', reason: 'The network is gone.' }
            : { code: 'UNEXPECTED', reason: 'An unexpected error occurred. The log of the service says where.' }
        expect(progress).to.have.deep.property('problem', expected)
      }))
  }

  it('gives up after one attempt on a permanent failure', () =>
    onBench(async ({ take, start, store, stateOf }) => {
      start(() => Promise.reject(failing('permanent')))
      await take(one, 'normal', 'arrived')
      await until(() => stateOf(one.studyInstanceUid) === 'dead')
      expect(store.studies.get(one.studyInstanceUid)?.progress).to.deep.include({ state: 'dead', attempt: 1 })
    }))

  it('processes as many studies at the same time as the concurrency allows, and no more', () =>
    onBench(async ({ take, start, stateOf }) => {
      const uids = Array.from({ length: 9 }, (_, index) => studyUid(index))
      const left = () => uids.filter((uid) => stateOf(uid) !== 'done').length
      for (const studyInstanceUid of uids) await take({ studyInstanceUid }, 'normal', 'arrived')
      const running: PromiseWithResolvers<undefined>[] = []
      const triage = async (study: StudyRef) => {
        const held = Promise.withResolvers<undefined>()
        running.push(held)
        await held.promise
        return outcomeFor(study)
      }
      start(triage, { concurrency: 3 })
      const seen: number[] = []
      for (let remaining = uids.length; remaining > 0; remaining--) {
        await until(() => running.length >= Math.min(3, remaining))
        seen.push(running.length)
        running.shift()!.resolve(undefined)
        await until(() => left() === remaining - 1)
      }
      expect(seen).to.deep.equal([3, 3, 3, 3, 3, 3, 3, 2, 1])
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
      // Everything that follows the outcome runs before.
      await new Promise(setImmediate)
      expect(stateOf(one.studyInstanceUid)).to.equal('waiting')
      expect(await queue.job(one.studyInstanceUid)).to.deep.include({ state: 'waiting', attempt: 0 })
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

describe('retry back-off', () => {
  it('triples with each attempt up to half an hour, randomised over its upper half', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 20].map((attempt) => retryDelayMs('transient', attempt, 0.999999999))
    expect(longest).to.deep.equal([5000, 15_000, 45_000, 135_000, 405_000, 1_215_000, 1_800_000, 1_800_000])
    expect(retryDelayMs('transient', 1, 0)).to.equal(2500)
    expect(retryDelayMs('ambiguous', 1, 0)).to.equal(7500)
    expect(retryDelayMs('server', 1, 0)).to.equal(7500)
  })
})
