import { expect } from 'chai'
import type { BackgroundWork } from '../../../src/background.ts'
import { modelName } from '../../../src/classify/model-name.ts'
import { busy, refused } from '../../../src/clients/http/errors.ts'
import { dayMs } from '../../../src/clock.ts'
import type { TargetName } from '../../../src/deliver/delivery-targets.ts'
import type { DeliveryTarget } from '../../../src/deliver/target.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { DeliveryWatch } from '../../../src/service/deliveries/delivery-watch.ts'
import type { SourceLook } from '../../../src/service/deliveries/look-at-source.ts'
import { runDeliveries } from '../../../src/service/deliveries/run-deliveries.ts'
import { ModelGate } from '../../../src/service/retraction/model-gate.ts'
import type { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { type SetClock, model, prediction, resultsOf, setClock, studyUid, until } from '../fixtures.ts'
import { stateFull } from '../../../src/service/store/errors.ts'
import { longestDelayMs } from '../../../src/service/queue/retry-delay.ts'
import { log } from '../queue/runner-bench.ts'
import { purge, withStore } from '../store/with-store.ts'

const uid = studyUid(1)
const found = prediction(uid, 0.9)
const kept = { prediction: found, results: resultsOf(found, Uint8Array.of(1)) }
const down = new TriageError(busy, 'transient', 'The record system is busy.')
const wrong = new TriageError(refused, 'permanent', 'The record system refused it: no such code.')

interface Bench {
  readonly store: SqliteStore
  readonly clock: SetClock
  /** What reached which target: `archive present` for its first result. */
  readonly sent: string[]
  readonly analysedAgain: string[]
  /** Answers of a target, by name; undefined: it takes what it gets. */
  readonly answers: Partial<Record<TargetName, () => Promise<void>>>
  /** Throws if the state cannot be written. */
  requireSound: () => void
  /** What the archive says of the study. */
  look: () => Promise<SourceLook>
  targets: readonly TargetName[]
  readonly queue: (results?: { resultKey: string; studyInstanceUid: string }) => void
  readonly start: () => BackgroundWork
  readonly stateOf: (target: TargetName) => string | undefined
}

const withDeliveries = (test: (bench: Bench) => Promise<void>) =>
  withStore(async (open) => {
    const store = open()
    const clock = setClock()
    const watch = new DeliveryWatch()
    const running: BackgroundWork[] = []
    const targetOf = (name: TargetName): DeliveryTarget => ({
      sends: ['fhir'],
      ...(name === 'sendTo' && { after: 'archive' as const }),
      sendings: ({ results, priority }) => ({
        fhir: async () => {
          await bench.answers[name]?.()
          bench.sent.push(`${name} ${results.resultKey === kept.results.resultKey ? priority : results.resultKey}`)
          return { status: 'stored' }
        },
      }),
      withdraw: () => Promise.resolve(true),
    })
    const bench: Bench = {
      ...{ store, clock, sent: [], analysedAgain: [], answers: {} },
      requireSound: () => undefined,
      look: () => Promise.resolve('unchanged'),
      targets: ['archive', 'sendTo', 'fhir'],
      queue: (results = kept.results) => {
        store.deliveries.queue(results, bench.targets, clock.now())
        watch.announce()
      },
      start: () => {
        running.push(
          runDeliveries({
            ...{ clock, log, watch, deliveries: store.deliveries, results: store.results, idleMs: 1, random: () => 0 },
            targets: () => Object.fromEntries(bench.targets.map((name) => [name, targetOf(name)])),
            gate: new ModelGate([modelName(model)], store.retractions),
            lookAtSource: () => bench.look(),
            analyseAgain: (studyInstanceUid) => Promise.resolve(bench.analysedAgain.push(studyInstanceUid)),
            retryDays: () => 1 / 24,
            requireSound: () => {
              bench.requireSound()
            },
          }),
        )
        return running.at(-1)!
      },
      stateOf: (target) => store.deliveries.ofStudy(uid).find((one) => one.target === target)?.state,
    }
    store.studies.arrived({ studyInstanceUid: uid }, clock.now())
    store.results.keepResults(kept)
    try {
      await test(bench)
    } finally {
      for (const one of running) await one.stop()
    }
  })

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
      bench.answers.fhir = () => older.promise
      bench.queue()
      bench.start()
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
