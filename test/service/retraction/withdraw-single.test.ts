import { expect } from 'chai'
import type { Prediction } from '../../../src/classify/prediction.ts'
import { withdrawOfOthers } from '../../../src/service/retraction/withdraw-of-others.ts'
import { withdrawRejected } from '../../../src/service/retraction/withdraw-rejected.ts'
import type { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { prediction, resultsOf, studyUid } from '../fixtures.ts'
import { withStore } from '../store/with-store.ts'

const uid = studyUid(1)
const at = new Date('2026-03-02T08:00:00Z')
const image = prediction(uid, 0.9).images[0].header.sopInstanceUid

function keep(store: SqliteStore, resultKey: string, source: Partial<Prediction['source']> = {}): Prediction {
  const base = prediction(uid, 0.9)
  const found = { ...base, source: { ...base.source, ...source } as Prediction['source'] }
  store.results.keepResults({ prediction: found, results: { ...resultsOf(found, Uint8Array.of(1)), resultKey } })
  return found
}

const withdrawn = (store: SqliteStore) =>
  store.results
    .ofStudy(uid)
    .flatMap(({ resultKey, withdrawalCause }) => (withdrawalCause ? [[resultKey, withdrawalCause]] : []))
const patient = (id: string) => ({ '00100020': { vr: 'LO', Value: [id] } })
const name = (text: string) => ({ '00100010': { vr: 'PN', Value: [{ Alphabetic: text }] } })

describe('withdrawal of single results', () => {
  it("takes back a study's results of another patient, and no others", () =>
    withStore((open) => {
      const store = open()
      keep(store, 'annas', patient('ANNA'))
      keep(store, 'misspelt', name('PLANTED^PATIENT^NAMES'))
      withdrawOfOthers(store, keep(store, 'new'), at)
      expect(withdrawn(store)).to.deep.equal([['annas', 'another-patient']])
      expect(store.retractions.next(at)).to.deep.include({
        resultKey: 'annas',
        cause: 'another-patient',
        at,
        attempt: 1,
      })
      expect(store.results.latestResultKey(uid)).to.equal('new')
    }))

  it('takes back a result whose change a person decided to be another person, and not one that is in doubt', () =>
    withStore((open) => {
      const store = open()
      for (const key of ['decided', 'corrected', 'doubtful']) keep(store, key, name('Wholly^Other'))
      store.results.decideIdentity('decided', 'another-person')
      store.results.decideIdentity('corrected', 'correction')
      withdrawOfOthers(store, keep(store, 'new'), at)
      expect(withdrawn(store)).to.deep.equal([['decided', 'another-patient']])
    }))

  it('takes back the results on a rejected image', () =>
    withStore((open) => {
      const store = open()
      keep(store, 'one')
      for (const rejected of [[], ['1.2.3']]) withdrawRejected(store, uid, new Set(rejected), at)
      expect(withdrawn(store)).to.deep.equal([])
      withdrawRejected(store, uid, new Set(['1.2.3', image]), at)
      expect(withdrawn(store)).to.deep.equal([['one', 'source-rejected']])
      expect(store.results.latestResultKey(uid), 'it is not used again').to.equal(undefined)
    }))

  it('drops what is still to be delivered, and keeps the date and the cause of the first withdrawal', () =>
    withStore((open) => {
      const store = open()
      const found = keep(store, 'one')
      store.studies.arrived({ studyInstanceUid: uid }, at)
      store.deliveries.queue({ resultKey: 'one', studyInstanceUid: uid }, ['archive', 'fhir'], at)
      store.retractions.withdraw('one', 'study-moved', at)
      store.retractions.withdraw('one', 'source-rejected', new Date())
      expect(store.deliveries.ofStudy(uid).map(({ state, problem }) => [state, problem?.code])).to.deep.equal([
        ['dropped', 'WITHDRAWN'],
        ['dropped', 'WITHDRAWN'],
      ])
      expect(withdrawn(store)).to.deep.equal([['one', 'study-moved']])
      store.retractions.done(store.retractions.next(at)!)
      withdrawOfOthers(store, { ...found, source: { ...found.source, ...patient('X') } }, at)
      expect(store.retractions.next(new Date()), 'it is withdrawn already').to.equal(undefined)
    }))
})
