import { expect } from 'chai'
import { modelName } from '../../../src/classify/model-name.ts'
import { dayMs } from '../../../src/clock.ts'
import { model, until } from '../fixtures.ts'
import type { SourceLook } from '../../../src/service/deliveries/look-at-source.ts'
import { longestDelayMs } from '../../../src/service/queue/retry-delay.ts'
import { purge } from '../store/with-store.ts'

import { down, found, kept, uid, withDeliveries, wrong } from './delivery-bench.ts'

describe('deliveries', () => {
  it('reach every target once, each after the one it waits for', () =>
    withDeliveries(async (bench) => {
      bench.queue()
      bench.start()
      await until(() => bench.targets.every((target) => bench.stateOf(target) === 'done'))
      expect(bench.sent.toSorted()).to.deep.equal(['archive raised', 'fhir raised', 'sendTo raised'])
      expect(bench.sent.indexOf('sendTo raised')).to.be.greaterThan(bench.sent.indexOf('archive raised'))
      expect(bench.store.deliveries.open()).to.deep.equal([])
    }))

  it('are not held up by a target that hangs', () =>
    withDeliveries(async (bench) => {
      const hanging = Promise.withResolvers<undefined>()
      bench.answers.fhir = () => hanging.promise
      bench.queue()
      bench.start()
      await until(() => bench.stateOf('sendTo') === 'done')
      expect([bench.stateOf('archive'), bench.stateOf('fhir')]).to.deep.equal(['done', 'pending'])
      hanging.resolve(undefined)
      await until(() => bench.stateOf('fhir') === 'done')
      expect(bench.sent.filter((one) => one.startsWith('fhir'))).to.have.length(1)
    }))

  it('wait for the target before theirs to succeed', () =>
    withDeliveries(async (bench) => {
      bench.answers.archive = () => Promise.reject(down)
      bench.queue()
      bench.start()
      await until(() => bench.store.deliveries.ofStudy(uid)[0]?.attempts === 1)
      await until(() => bench.stateOf('fhir') === 'done')
      expect(bench.sent).to.deep.equal(['fhir raised'])
      delete bench.answers.archive
      bench.clock.advance(dayMs)
      await until(() => bench.stateOf('sendTo') === 'done')
      expect(bench.sent).to.deep.equal(['fhir raised', 'archive raised', 'sendTo raised'])
    }))

  it('are retried as long as the settings say with growing pauses, resume by themselves, and then are dead letters', () =>
    withDeliveries(async (bench) => {
      const queuedAt = bench.clock.now()
      const attempts = () => bench.store.deliveries.ofStudy(uid).find(({ target }) => target === 'fhir')?.attempts ?? 0
      bench.answers.fhir = () => Promise.reject(down)
      bench.queue()
      bench.start()
      await until(() => attempts() === 1)
      const due = bench.store.deliveries.ofStudy(uid).find(({ target }) => target === 'fhir')!.due
      expect(due.getTime() - bench.clock.now().getTime()).to.equal(2500)
      bench.clock.advance(2499)
      await new Promise((resolve) => setTimeout(resolve, 10))
      expect(attempts()).to.equal(1)
      bench.clock.advance(1)
      await until(() => attempts() === 2)
      bench.clock.advance(365 * dayMs)
      await until(() => attempts() === 3)
      bench.clock.advance(-365 * dayMs)
      await until(() => attempts() === 4)
      expect(bench.stateOf('fhir'), 'a clock that jumps uses up no time').to.equal('pending')
      for (let waitedMs = 0; waitedMs < 90 * 60_000 && bench.stateOf('fhir') !== 'dead'; waitedMs += longestDelayMs) {
        const before = attempts()
        bench.clock.advance(longestDelayMs)
        await until(() => attempts() > before || bench.stateOf('fhir') === 'dead')
      }
      expect(bench.stateOf('fhir')).to.equal('pending')
      while (bench.stateOf('fhir') !== 'dead') {
        bench.clock.advance(longestDelayMs)
        await new Promise(setImmediate)
      }
      await until(() => bench.stateOf('fhir') === 'dead')
      expect(bench.store.deliveries.open()).to.deep.equal([
        { target: 'fhir', state: 'dead', count: 1, since: queuedAt },
      ])
      delete bench.answers.fhir
      expect(bench.store.deliveries.again(uid, 'fhir', bench.clock.now())).to.equal(true)
      await until(() => bench.stateOf('fhir') === 'done')
      expect(bench.sent.filter((one) => one.startsWith('fhir'))).to.have.length(1)
    }))

  it("that a server refuses for good are dead letters with the server's words, and can be acknowledged", () =>
    withDeliveries(async (bench) => {
      const { deliveries } = bench.store
      bench.answers.fhir = () => Promise.reject(wrong)
      bench.queue()
      bench.start()
      await until(() => bench.stateOf('fhir') === 'dead')
      const [, , dead] = deliveries.ofStudy(uid)
      expect(dead).to.deep.include({ attempts: 1, problem: { code: 'HTTP_REFUSED', reason: wrong.message } })
      const acknowledgement = { at: bench.clock.now(), actor: 'token', reason: 'Sent by hand.' } as const
      expect(deliveries.acknowledge(uid, 'archive', acknowledgement), 'no dead letter').to.equal(false)
      expect(deliveries.acknowledge(uid, 'fhir', acknowledgement)).to.equal(true)
      expect(deliveries.acknowledge(uid, 'fhir', acknowledgement), 'once only').to.equal(false)
      expect(deliveries.ofStudy(uid)[2]?.acknowledgement).to.deep.equal(acknowledgement)
      expect(deliveries.open()).to.deep.equal([])
    }))

  for (const [look, code] of [
    ['changed', 'REPLACED'],
    ['gone', 'DELETED'],
  ] as const)
    it(`are dropped, and the study is analysed again, if its image is ${look}`, () =>
      withDeliveries(async (bench) => {
        bench.targets = ['fhir']
        bench.look = () => Promise.resolve(look)
        bench.queue()
        bench.start()
        await until(() => bench.stateOf('fhir') === 'dropped')
        expect(bench.sent).to.deep.equal([])
        expect(bench.analysedAgain).to.deep.equal([uid])
        expect(bench.store.deliveries.ofStudy(uid)[0]?.problem?.code).to.equal(code)
      }))

  it('wait while the archive cannot be asked whose the image is', () =>
    withDeliveries(async (bench) => {
      bench.targets = ['fhir']
      bench.look = () => Promise.reject(down)
      bench.queue()
      bench.start()
      await until(() => bench.store.deliveries.ofStudy(uid)[0]?.attempts === 1)
      expect([bench.sent, bench.stateOf('fhir')]).to.deep.equal([[], 'pending'])
      bench.look = () => Promise.resolve('unchanged')
      bench.clock.advance(dayMs)
      await until(() => bench.stateOf('fhir') === 'done')
    }))

  it('are not sent if their result is withdrawn while the archive is asked whose the image is', () =>
    withDeliveries(async (bench) => {
      bench.targets = ['fhir']
      const look = Promise.withResolvers<SourceLook>()
      let asked = 0
      bench.look = () => {
        asked++
        return look.promise
      }
      bench.queue()
      const running = bench.start()
      await until(() => asked === 1)
      bench.store.retractions.withdraw(kept.results.resultKey, 'another-patient', bench.clock.now())
      look.resolve('unchanged')
      await running.stop()
      expect(bench.sent).to.deep.equal([])
      expect(bench.store.deliveries.ofStudy(uid)[0]).to.deep.include({
        state: 'dropped',
        problem: { code: 'WITHDRAWN', reason: 'The result was withdrawn.' },
      })
    }))

  it('of a retracted model are dropped', () =>
    withDeliveries(async (bench) => {
      bench.store.retractions.retract({ model: modelName(model), at: bench.clock.now(), actor: 'token' })
      bench.queue()
      bench.start()
      await until(() => bench.stateOf('fhir') === 'dropped')
      expect(bench.sent).to.deep.equal([])
    }))

  it('to a target that was switched off are dropped', () =>
    withDeliveries(async (bench) => {
      bench.queue()
      bench.targets = ['archive', 'sendTo']
      bench.start()
      await until(() => bench.stateOf('fhir') === 'dropped')
      expect(bench.store.deliveries.ofStudy(uid)[2]?.problem?.code).to.equal('SWITCHED_OFF')
    }))

  it('of an older result are dropped once a newer one is queued, and do not come back', () =>
    withDeliveries(async (bench) => {
      bench.targets = ['fhir']
      const older = Promise.withResolvers<undefined>()
      let asked = 0
      bench.answers.fhir = () => {
        asked++
        return older.promise
      }
      bench.queue()
      bench.start()
      await until(() => asked === 1)
      const newer = { ...kept.results, resultKey: 'newer' }
      bench.store.results.keepResults({ prediction: found, results: newer })
      bench.queue(newer)
      older.reject(down)
      await until(() => bench.store.deliveries.open().length === 1)
      delete bench.answers.fhir
      bench.clock.advance(dayMs)
      await until(() => bench.stateOf('fhir') === 'done')
      expect(bench.sent).to.deep.equal(['fhir newer'])
    }))

  it('start again after a stop, with what was under way', () =>
    withDeliveries(async (bench) => {
      bench.targets = ['fhir']
      const hanging = Promise.withResolvers<undefined>()
      let asked = 0
      bench.answers.fhir = () => (asked++ === 0 ? hanging.promise : Promise.resolve())
      bench.queue()
      const first = bench.start()
      await until(() => asked === 1)
      await first.stop(0)
      bench.start()
      await until(() => bench.stateOf('fhir') === 'done')
      hanging.reject(wrong)
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(bench.stateOf('fhir'), 'the stopped one says nothing any more').to.equal('done')
    }))

  it('keep their study and its bytes beyond the retention period until every target has them', () =>
    withDeliveries(async (bench) => {
      const { store, clock } = bench
      bench.answers.fhir = () => Promise.reject(down)
      bench.queue()
      store.studies.moveTo(uid, { state: 'done' }, clock.now())
      bench.start()
      await until(() => bench.stateOf('sendTo') === 'done')
      const later = new Date(clock.now().getTime() + 100 * dayMs)
      expect(purge(store, later)).to.equal(0)
      expect(store.results.keptResults(kept.results.resultKey)).to.not.equal(undefined)
      delete bench.answers.fhir
      clock.advance(dayMs)
      await until(() => bench.stateOf('fhir') === 'done')
      expect(store.purge(later, 3 * dayMs)).to.equal(1)
      expect(store.deliveries.ofStudy(uid)).to.deep.equal([])
    }))
})
