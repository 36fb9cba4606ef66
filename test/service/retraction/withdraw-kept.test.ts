import { join } from 'node:path'
import { expect } from 'chai'
import type { WithdrawnResult } from '../../../src/deliver/target.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { busy } from '../../../src/clients/http/errors.ts'
import { rejectionNoteSeries } from '../../../src/report/sr/rejection-note.ts'
import { ModelGate } from '../../../src/service/retraction/model-gate.ts'
import type { Withdrawal } from '../../../src/service/retraction/retraction.ts'
import { keptResultWithdrawer } from '../../../src/service/retraction/withdraw-kept.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { inTempDir, prediction, resultsOf, studyUid } from '../fixtures.ts'

const at = new Date('2026-03-01T08:00:00Z')
const model = 'pneumonia/0.1.0'
const uid = studyUid(1)

interface Bench {
  readonly store: SqliteStore
  readonly gate: ModelGate
  /** Stores a result of the study by that version of the model. */
  readonly keep: (version: string, pneumonia: number) => void
  /** Retracts the model and returns the withdrawal of its result. */
  readonly retracted: () => Withdrawal
  /** Withdraws from one target. */
  readonly withdraw: (withdrawal: Withdrawal, target?: (withdrawn: WithdrawnResult) => void) => Promise<void>
}

const onBench = (test: (bench: Bench) => Promise<void>) =>
  inTempDir(async (dir) => {
    const store = new SqliteStore(join(dir, 'store.sqlite'))
    const gate = new ModelGate([model], store.retractions)
    await test({
      store,
      gate,
      keep: (version, pneumonia) => {
        const found = prediction(uid, pneumonia)
        const results = resultsOf(found, Uint8Array.of(1))
        store.results.keepResults({
          prediction: { ...found, model: { ...found.model, version } },
          results: { ...results, resultKey: `result-${version}` },
        })
      },
      retracted: () => {
        store.retractions.retract({ model, at, actor: 'token' })
        return store.retractions.next(at)!
      },
      withdraw: (withdrawal, target = () => undefined) => {
        const archive = {
          sends: [],
          sendings: () => ({}),
          withdraw: (withdrawn: WithdrawnResult) =>
            Promise.resolve(withdrawn)
              .then(target)
              .then(() => true),
        }
        return keptResultWithdrawer({ results: store.results, gate, targets: () => ({ archive }) })(withdrawal)
      },
    })
    store.close()
  })

describe('withdrawal of a stored result', () => {
  it('starts after every delivery of it in progress has succeeded or failed', () =>
    onBench(async ({ gate, keep, retracted, withdraw }) => {
      keep('0.1.0', 0.9)
      const order: string[] = []
      const [early, sent, refused] = [1, 2, 3].map(() => Promise.withResolvers<undefined>())
      const deliveries = [early, sent, refused].map((answer) =>
        gate
          .deliver('result-0.1.0', () => answer!.promise)
          .then(
            () => order.push('delivered'),
            () => order.push('failed'),
          ),
      )
      early!.resolve(undefined)
      await deliveries[0]
      const withdrawal = withdraw(retracted(), () => order.push('withdrawn'))
      await new Promise(setImmediate)
      refused!.reject(new Error('no answer'))
      await deliveries[2]
      await new Promise(setImmediate)
      expect(order).to.deep.equal(['delivered', 'failed'])
      sent!.resolve(undefined)
      await withdrawal
      expect(order).to.deep.equal(['delivered', 'failed', 'delivered', 'withdrawn'])
    }))

  it('does not wait for the delivery of another result', () =>
    onBench(async ({ gate, keep, retracted, withdraw }) => {
      keep('0.1.0', 0.9)
      const answer = Promise.withResolvers<undefined>()
      const order: string[] = []
      const delivery = gate.deliver('another result', () => answer.promise).then(() => order.push('delivered'))
      await withdraw(retracted(), () => order.push('withdrawn'))
      answer.resolve(undefined)
      await delivery
      expect(order).to.deep.equal(['withdrawn', 'delivered'])
    }))

  it('ends only with that of its targets, and fails if a target fails', () =>
    onBench(async ({ keep, retracted, withdraw }) => {
      keep('0.1.0', 0.9)
      const failure = new TriageError(busy, 'transient', 'The archive is busy.')
      const withdrawal = withdraw(retracted(), () => {
        throw failure
      })
      expect(await failureOf(withdrawal)).to.equal(failure)
    }))

  it('counts the series of its note as our own before the archive can announce the note', () =>
    onBench(async ({ store, keep, retracted, withdraw }) => {
      keep('0.1.0', 0.9)
      let known: boolean | undefined
      await withdraw(retracted(), ({ results }) => {
        known = store.results.ownSeries(uid).has(rejectionNoteSeries(results.resultKey))
      })
      expect(known).to.equal(true)
    }))

  it('passes on the result of that model and the time of the retraction', () =>
    onBench(async ({ keep, retracted, withdraw }) => {
      keep('0.0.9', 0.1)
      keep('0.1.0', 0.9)
      keep('0.2.0', 0.1)
      let seen: WithdrawnResult | undefined
      await withdraw(retracted(), (withdrawn) => {
        seen = withdrawn
      })
      expect(seen?.prediction.model.version).to.equal('0.1.0')
      expect(seen?.results.resultKey).to.equal('result-0.1.0')
      expect(new Date(seen?.at ?? '')).to.deep.equal(at)
    }))

  for (const [name, raised, others] of [
    ['no other result', false, []],
    ['an absent finding', false, [['0.2.0', 0.1]]],
    ['an undetermined finding', false, [['0.2.0', 0.5]]],
    ['a present finding', true, [['0.2.0', 0.9]]],
    [
      'an absent and a present finding',
      true,
      [
        ['0.0.9', 0.1],
        ['0.2.0', 0.9],
      ],
    ],
    [
      'a present and an absent finding',
      true,
      [
        ['0.0.9', 0.9],
        ['0.2.0', 0.1],
      ],
    ],
  ] as const)
    it(`${raised ? 'keeps' : 'ends'} the raised priority of a study with ${name} of another model`, () =>
      onBench(async ({ keep, retracted, withdraw }) => {
        keep('0.1.0', 0.9)
        for (const [version, pneumonia] of others) keep(version, pneumonia)
        let raisedByAnother: boolean | undefined
        await withdraw(retracted(), (withdrawn) => {
          raisedByAnother = withdrawn.raisedByAnother()
        })
        expect(raisedByAnother).to.equal(raised)
      }))

  it('is refused if its stored result is missing', () =>
    onBench(async ({ keep, retracted, withdraw }) => {
      keep('0.1.0', 0.9)
      const withdrawal = withdraw({ ...retracted(), resultKey: 'an unknown result' })
      expect((await failureOf(withdrawal)).code).to.equal('SERVICE_STATE_DAMAGED')
    }))
})
