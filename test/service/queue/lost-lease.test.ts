import { expect } from 'chai'
import { until } from '../fixtures.ts'
import { type Triage, failing, hooked, onBench, one, outcomeFor, two } from './runner-bench.ts'

describe('queue runner that may lose its lease', () => {
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
})
