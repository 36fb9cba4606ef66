import { join } from 'node:path'
import { expect } from 'chai'
import type { KeptResults } from '../../../src/pipeline.ts'
import { openDatabase } from '../../../src/service/store/sqlite/database.ts'
import { longestDelayMs } from '../../../src/service/queue/retry-delay.ts'
import { toFinding } from '../../../src/service/store/finding.ts'
import { ModelGate } from '../../../src/service/retraction/model-gate.ts'
import { encodeResults, resultEncoding } from '../../../src/service/store/result-encoding.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { storeMigrations } from '../../../src/service/store/sqlite/store-migrations.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { inTempDir, prediction, resultsOf, studyUid } from '../fixtures.ts'
import { purge } from '../store/with-store.ts'

const at = new Date('2026-03-01T08:00:00Z')
const later = new Date('2026-03-05T08:00:00Z')
/** When a retry is due that failed at `at`. */
const due = new Date(at.getTime() + longestDelayMs)
const model = 'pneumonia/0.1.0'
const problem = { code: 'HTTP_BUSY', reason: 'The archive is busy.' } as const

/** A result of a study by a version of the model. */
function kept(study: number, version: string, pneumonia: number): KeptResults {
  const uid = studyUid(study)
  const finding = prediction(uid, pneumonia)
  const results = resultsOf(finding, Uint8Array.of(study))
  return {
    prediction: { ...finding, model: { ...finding.model, version } },
    results: { ...results, resultKey: `${results.resultKey}-${version}` },
  }
}

/** Stores a result and records it as the study's finding. */
function report(store: SqliteStore, result: KeptResults): void {
  const { prediction: found, results } = result
  const { studyInstanceUid } = found
  store.studies.arrived({ studyInstanceUid }, at)
  store.results.keepResults(result)
  store.studies.found(studyInstanceUid, toFinding(found, results.resultKey, {}), at)
}

const withStore = (test: (store: SqliteStore, dir: string) => Promise<void> | void) =>
  inTempDir(async (dir) => {
    const store = new SqliteStore(join(dir, 'store.sqlite'))
    await test(store, dir)
    store.close()
  })

describe('retraction in the store', () => {
  it('withdraws only the results of the retracted model', () =>
    withStore((store) => {
      report(store, kept(1, '0.1.0', 0.9))
      report(store, kept(2, '0.2.0', 0.9))
      store.retractions.retract({ model, at: later, actor: 'token' })
      expect(store.studies.get(studyUid(2))?.finding).to.include({ kind: 'analysed', decision: 'present' })
      const withdrawn = store.studies.get(studyUid(1))?.finding
      expect(withdrawn).to.deep.include({ kind: 'withdrawn', withdrawnAt: later, standingModel: undefined })
      expect(withdrawn).to.not.have.any.keys('decision', 'probabilities')
      expect(store.retractions.progress(model)).to.deep.equal({ pending: 1, done: 0, failed: 0, problems: [] })
      expect(store.retractions.get('pneumonia/0.2.0')).to.equal(undefined)
    }))

  it('does not restore an older result of another model as the finding, but names its model', () =>
    withStore((store) => {
      report(store, kept(1, '0.0.9', 0.9))
      report(store, kept(1, '0.1.0', 0.1))
      store.retractions.retract({ model, at: later, actor: 'token' })
      expect(store.studies.get(studyUid(1))?.finding).to.deep.include({
        kind: 'withdrawn',
        standingModel: 'pneumonia/0.0.9',
      })
    }))

  it('keeps a newer result of another model valid, and the pictures of all results readable', () =>
    withStore((store) => {
      report(store, kept(1, '0.1.0', 0.9))
      report(store, kept(1, '0.2.0', 0.7))
      store.retractions.retract({ model, at: later, actor: 'token' })
      expect(store.studies.get(studyUid(1))?.finding).to.include({ kind: 'analysed', decision: 'present' })
      const results = store.results.ofStudy(studyUid(1))
      expect(results.map((one) => [one.model, one.decision, one.withdrawnAt])).to.deep.equal([
        [model, 'present', later],
        ['pneumonia/0.2.0', 'present', undefined],
      ])
      for (const { resultKey } of results) expect(store.results.picture(resultKey, 0)).to.deep.equal(Uint8Array.of(1))
    }))

  it('keeps its first date when repeated, and retries failed and delayed withdrawals', () =>
    withStore((store) => {
      for (const study of [1, 2, 3]) report(store, kept(study, '0.1.0', 0.9))
      store.retractions.retract({ model, at, actor: 'token' })
      store.retractions.done(store.retractions.next(at)!)
      store.retractions.failed(store.retractions.next(at)!, problem)
      store.retractions.retryAt(store.retractions.next(at)!, due, problem)
      expect(store.retractions.next(at)).to.equal(undefined)
      expect(store.retractions.next(due)).to.include({ attempt: 2 })
      expect(store.retractions.progress(model)).to.deep.equal({ pending: 1, done: 1, failed: 1, problems: [problem] })

      store.retractions.retract({ model, at: later, actor: 'session' })
      expect(store.retractions.get(model)).to.deep.equal({ model, at, actor: 'token' })
      expect(store.retractions.progress(model)).to.include({ pending: 2, done: 1, failed: 0 })
      expect(store.retractions.next(at)).to.include({ attempt: 1 })
    }))

  it('makes a withdrawal due if the clock was set back since its failure, instead of prolonging the wait', () =>
    withStore((store) => {
      report(store, kept(1, '0.1.0', 0.9))
      store.retractions.retract({ model, at, actor: 'token' })
      store.retractions.retryAt(store.retractions.next(at)!, due, problem)
      expect(store.retractions.next(at)).to.equal(undefined)
      expect(store.retractions.next(new Date(at.getTime() - 1))).to.include({ attempt: 2 })
    }))

  it('keeps results with a pending withdrawal beyond the retention period', () =>
    withStore((store) => {
      for (const study of [1, 2]) report(store, kept(study, '0.1.0', 0.9))
      store.retractions.retract({ model, at, actor: 'token' })
      const first = store.retractions.next(at)!
      store.retractions.done(first)
      expect(purge(store, later)).to.equal(2)
      expect(store.results.keptResults(first.resultKey)).to.equal(undefined)
      const second = store.retractions.next(at)!
      expect(store.results.keptResults(second.resultKey)?.results.resultKey).to.equal(second.resultKey)
      expect(store.retractions.progress(model)).to.include({ pending: 1, done: 1 })
    }))

  it('includes results stored before retractions existed, and fills in their model and conclusion', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      const older = openDatabase(path, storeMigrations.slice(0, 1))
      const result = kept(1, '0.1.0', 0.9)
      older
        .prepare('INSERT INTO results VALUES (?, ?, ?, ?, ?)')
        .run('input', result.results.resultKey, studyUid(1), resultEncoding, encodeResults(result))
      older.prepare('INSERT INTO pictures VALUES (?, ?, ?)').run('input', 0, Uint8Array.of(1))
      older.close()
      const store = new SqliteStore(path)
      expect(store.results.models()).to.deep.equal([model])
      expect(store.results.conclusion(result.results.resultKey)).to.include('Pneumonia: present (probability 90 %)')
      store.retractions.retract({ model, at, actor: 'token' })
      expect(store.retractions.progress(model).pending).to.equal(1)
      store.close()
    }))

  it('counts the series of a rejection note as our own', () =>
    withStore((store) => {
      report(store, kept(1, '0.1.0', 0.9))
      store.results.noteOwnSeries(studyUid(1), '1.2.3')
      expect(store.results.ownSeries(studyUid(1)).has('1.2.3')).to.equal(true)
    }))
})

describe('model gate', () => {
  it('rejects a delivery after the model is retracted', () =>
    withStore(async ({ retractions }) => {
      const gate = new ModelGate([model], retractions)
      expect(await gate.deliver('result', () => Promise.resolve('sent'))).to.equal('sent')
      retractions.retract({ model, at, actor: 'token' })
      let sent = 0
      const failure = await failureOf(gate.deliver('result', () => Promise.resolve(sent++)))
      expect(sent).to.equal(0)
      expect([failure.code, failure.failureClass]).to.deep.equal(['SERVICE_MODEL_RETRACTED', 'permanent'])
      expect(failure.message).to.include('pneumonia/0.1.0 was retracted on 2026-03-01')
    }))

  it('rejects a delivery after the original of an 8-bit model is retracted, and names the original', () =>
    withStore(async ({ retractions }) => {
      const gate = new ModelGate(['pneumonia-int8/0.1.0', model], retractions)
      gate.requireStanding()
      retractions.retract({ model, at, actor: 'token' })
      const failure = await failureOf(gate.deliver('result', () => Promise.reject(new Error('it was sent'))))
      expect(failure.code).to.equal('SERVICE_MODEL_RETRACTED')
      expect(failure.message).to.include('pneumonia/0.1.0 was retracted')
      // Another version of the original is not affected.
      const origin = new ModelGate(['pneumonia/0.2.0'], retractions)
      origin.requireStanding()
    }))

  it('delays the withdrawal until both deliveries of the same result have ended', () =>
    withStore(async ({ retractions }) => {
      const gate = new ModelGate([model], retractions)
      const [first, second] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
      const deliveries = [first, second].map(({ promise }) => gate.deliver('result', () => promise))
      first.resolve(undefined)
      await deliveries[0]
      let withdrawn = false
      const withdrawal = gate.deliveryEnded('result').then(() => (withdrawn = true))
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
      expect(withdrawn).to.equal(false)
      second.resolve(undefined)
      await Promise.all([deliveries[1], withdrawal])
    }))

  for (const end of ['well', 'badly'] as const) {
    it(`delays the withdrawal until a delivery in progress ends ${end}`, () =>
      withStore(async ({ retractions }) => {
        const gate = new ModelGate([model], retractions)
        const order: string[] = []
        const answer = Promise.withResolvers<undefined>()
        const delivery = gate
          .deliver('result', () => answer.promise)
          .catch(() => undefined)
          .finally(() => order.push('delivered'))
        retractions.retract({ model, at, actor: 'token' })
        await gate.deliveryEnded('another result')
        order.push('another withdrawn')
        const withdrawal = gate.deliveryEnded('result').then(() => order.push('withdrawn'))
        await new Promise(setImmediate)
        order.push('answered')
        if (end === 'well') answer.resolve(undefined)
        else answer.reject(new Error('no answer'))
        await Promise.all([delivery, withdrawal])
        expect(order.slice(0, 2)).to.deep.equal(['another withdrawn', 'answered'])
        expect(order).to.include.members(['delivered', 'withdrawn'])
      }))
  }
})
