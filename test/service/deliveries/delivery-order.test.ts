import { expect } from 'chai'
import { dayMs } from '../../../src/clock.ts'
import { studyUid, until } from '../fixtures.ts'
import { stateFull } from '../../../src/service/store/errors.ts'
import { down, found, kept, uid, withDeliveries } from './delivery-bench.ts'

describe('deliveries in trouble', () => {
  it('of a newer result wait for the older one that is under way, so that it arrives last', () =>
    withDeliveries(async (bench) => {
      bench.targets = ['fhir']
      const older = Promise.withResolvers<undefined>()
      let asked = 0
      bench.answers.fhir = () => (asked++ === 0 ? older.promise : Promise.resolve())
      bench.queue()
      bench.start()
      await until(() => asked === 1)
      for (const [resultKey, studyInstanceUid] of [
        ['newer', uid],
        ['other', studyUid(2)],
      ] as const) {
        const results = { ...kept.results, resultKey, studyInstanceUid }
        bench.store.results.keepResults({ prediction: found, results })
        bench.queue(results)
      }
      await until(() => bench.sent.includes('fhir other'))
      older.resolve(undefined)
      await until(() => bench.stateOf('fhir') === 'done')
      expect(bench.sent).to.deep.equal(['fhir other', 'fhir raised', 'fhir newer'])
    }))

  it('are shown for the newest result, also if the clock was set back before it', () =>
    withDeliveries((bench) => {
      bench.queue()
      bench.clock.advance(-dayMs)
      const newer = { ...kept.results, resultKey: 'newer' }
      bench.store.results.keepResults({ prediction: found, results: newer })
      bench.queue(newer)
      expect(bench.store.deliveries.ofStudy(uid).map(({ resultKey }) => resultKey)).to.deep.equal(
        bench.targets.map(() => 'newer'),
      )
      return Promise.resolve()
    }))

  it('that wait for one that was dropped are dropped, too', () =>
    withDeliveries(async (bench) => {
      bench.targets = ['archive', 'sendTo']
      bench.look = () => Promise.resolve('gone')
      bench.queue()
      bench.start()
      await until(() => bench.stateOf('sendTo') === 'dropped')
      expect([bench.sent, bench.store.deliveries.open()]).to.deep.equal([[], []])
    }))

  it('wait, without an attempt, while the state cannot be written', () =>
    withDeliveries(async (bench) => {
      bench.targets = ['fhir']
      let asked = 0
      bench.requireSound = () => {
        asked++
        throw stateFull('store.sqlite')
      }
      bench.queue()
      bench.start()
      await until(() => asked > 0)
      expect([bench.sent, bench.store.deliveries.ofStudy(uid)[0]?.attempts]).to.deep.equal([[], 0])
      bench.requireSound = () => undefined
      bench.clock.advance(dayMs)
      await until(() => bench.stateOf('fhir') === 'done')
      expect(bench.sent).to.deep.equal(['fhir raised'])
    }))

  it('are not repeated at once, and lose no attempt, if the state could not be written meanwhile', () =>
    withDeliveries(async (bench) => {
      bench.targets = ['fhir', 'priority']
      let asked = 0
      bench.answers.fhir = () => Promise.reject(asked++ < 2 ? stateFull('store.sqlite') : down)
      bench.queue()
      bench.start()
      await until(() => asked === 1 && bench.stateOf('priority') === 'done')
      bench.queue({ ...kept.results, studyInstanceUid: studyUid(2), resultKey: 'other' })
      await until(() => bench.store.deliveries.ofStudy(studyUid(2))[1]?.state === 'dropped')
      expect(asked, 'it pauses').to.equal(1)
      bench.clock.advance(1000)
      await until(() => asked === 2)
      expect(bench.store.deliveries.ofStudy(uid)[0]?.attempts).to.equal(0)
      bench.clock.advance(2000)
      await until(() => bench.store.deliveries.ofStudy(uid)[0]?.attempts === 1)
      expect(asked).to.equal(3)
    }))
})
