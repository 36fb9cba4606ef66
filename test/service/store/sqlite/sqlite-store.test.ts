import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { toFinding } from '../../../../src/service/store/finding.ts'
import { SqliteStore } from '../../../../src/service/store/sqlite/sqlite-store.ts'
import type { Progress } from '../../../../src/service/store/store.ts'
import { inTempDir, pictureFile, prediction, resultKeyOf, resultsOf, studyUid } from '../../fixtures.ts'
import { purge, withStore } from '../with-store.ts'

const at = new Date('2026-03-01T08:00:00Z')
const later = new Date('2026-03-01T09:00:00Z')
const problem = { code: 'HTTP_UNREACHABLE', reason: 'The archive does not answer.' } as const

describe('SQLite store', () => {
  it('keeps the position of a feed across a restart', () =>
    withStore((open) => {
      const store = open()
      expect(store.feeds.position('changes')).to.equal(undefined)
      store.feeds.moveTo('changes', 41)
      store.feeds.moveTo('changes', 2 ** 40)
      expect(open().feeds.position('changes')).to.equal(2 ** 40)
    }))

  it('keeps what a feed noted at its position across a restart, until it notes nothing', () =>
    withStore((open) => {
      open().feeds.moveTo('changes', 41, '{"id":"a"}')
      const store = open()
      expect([store.feeds.position('changes'), store.feeds.mark('changes')]).to.deep.equal([41, '{"id":"a"}'])
      store.feeds.moveTo('changes', 42)
      expect(open().feeds.mark('changes')).to.equal(undefined)
    }))

  it('keeps the studies that the first poll found across a restart, except the removed ones', () =>
    withStore((open) => {
      const first = open()
      first.atLine.add(
        new Map([
          ['1.1', 2],
          ['1.2', 3],
        ]),
      )
      first.atLine.add(
        new Map([
          ['1.2', 4],
          ['1.3', 1],
        ]),
      )
      open().atLine.remove(['1.1'])
      expect([...open().atLine.counts()]).to.have.deep.members([
        ['1.2', 4],
        ['1.3', 1],
      ])
    }))

  it('returns every state of a study as written, also after a restart', () =>
    withStore((open) => {
      let store = open()
      const study = { studyInstanceUid: studyUid(1), orthancId: 'abc' }
      store.studies.arrived(study, at)
      const states: Progress[] = [
        { state: 'active', attempt: 1 },
        { state: 'retrying', attempt: 1, retryAt: later, problem },
        { state: 'dead', attempt: 8, problem },
        { state: 'skipped', problem },
        { state: 'done' },
        { state: 'waiting' },
      ]
      for (const progress of states) {
        store.studies.moveTo(study.studyInstanceUid, progress, later)
        store = open()
        expect(store.studies.get(study.studyInstanceUid)).to.deep.equal({
          study,
          arrival: 1,
          arrivedAt: at,
          updatedAt: later,
          progress,
          finding: undefined,
        })
      }
    }))

  it('keeps order and finding of a study that arrives again, and the state of an active study', () =>
    withStore((open) => {
      const { studies } = open()
      const [one, two] = [studyUid(1), studyUid(2)]
      studies.arrived({ studyInstanceUid: one }, at)
      studies.arrived({ studyInstanceUid: two }, at)
      const finding = toFinding(prediction(one, 0.8), 'key', { network: 5 })
      studies.found(one, finding, at)
      studies.arrived({ studyInstanceUid: one, orthancId: 'named-later' }, later)
      const again = studies.get(one)
      expect(again?.progress).to.deep.equal({ state: 'waiting' })
      expect(again?.finding).to.deep.equal(finding)
      expect(again?.study.orthancId).to.equal('named-later')
      expect(studies.since(at).map(({ study }) => study.studyInstanceUid)).to.deep.equal([one, two])
      studies.moveTo(two, { state: 'active', attempt: 3 }, at)
      studies.arrived({ studyInstanceUid: two }, later)
      expect(studies.get(two)?.progress).to.deep.equal({ state: 'active', attempt: 3 })
    }))

  it('lists studies since a time, and all unfinished studies and dead letters', () =>
    withStore((open) => {
      const { studies } = open()
      const end: Progress[] = [{ state: 'done' }, { state: 'waiting' }, { state: 'dead', attempt: 1, problem }]
      for (const [index, progress] of end.entries()) {
        studies.arrived({ studyInstanceUid: studyUid(index) }, at)
        studies.moveTo(studyUid(index), progress, at)
      }
      studies.arrived({ studyInstanceUid: studyUid(9) }, later)
      studies.moveTo(studyUid(9), { state: 'done' }, later)
      const uids = studies.since(later).map(({ study }) => study.studyInstanceUid)
      expect(uids).to.deep.equal([1, 2, 9].map(studyUid))
      expect(studies.countByState()).to.deep.equal({ waiting: 1, active: 0, retrying: 0, done: 2, skipped: 0, dead: 1 })
    }))

  it('rejects a state change of a study that never arrived', () =>
    withStore((open) => {
      expect(() => {
        open().studies.moveTo(studyUid(1), { state: 'done' }, at)
      }).to.throw('no record')
    }))

  it('returns stored results unchanged, including typed arrays', () =>
    withStore(async (open) => {
      const finding = prediction(studyUid(1), 0.83)
      const kept = { prediction: finding, results: resultsOf(finding, await pictureFile(32)) }
      open().results.keepResults(kept)
      const store = open()
      const found = store.results.keptResults(resultKeyOf(studyUid(1)))
      expect(found).to.deep.equal(kept)
      const activation =
        found?.prediction.kind === 'analysed' ? found.prediction.images[0].activation.samples : undefined
      expect(activation).to.be.instanceOf(Float32Array)
      expect(store.results.picture(kept.results.resultKey, 0)).to.deep.equal(kept.results.pagePictures[0])
      expect(store.results.picture(kept.results.resultKey, 1)).to.equal(undefined)
      expect(store.results.keptResults('another key')).to.equal(undefined)
    }))

  it('keeps the first results of a result key and ignores later ones', () =>
    withStore(async (open) => {
      const store = open()
      const finding = prediction(studyUid(1), 0.83)
      const kept = { prediction: finding, results: resultsOf(finding, await pictureFile(32)) }
      const later = { ...kept, prediction: { ...finding, analysedAt: '2027-01-01T00:00:00Z' } }
      expect(store.results.keepResults(kept), 'these were kept').to.equal(true)
      expect(store.results.keepResults(later), 'these were not').to.equal(false)
      expect(store.results.keptResults(resultKeyOf(studyUid(1)))).to.deep.equal(kept)
    }))

  it('returns the key of the latest result of a study', () =>
    withStore((open) => {
      const store = open()
      const [one, two] = [0.83, 0.2].map((probability) => prediction(studyUid(1), probability))
      const other = prediction(studyUid(2), 0.5)
      for (const [input, finding] of Object.entries({ one, other, two })) {
        const results = { ...resultsOf(finding!, Uint8Array.of(1)), resultKey: `result ${input}` }
        store.results.keepResults({ prediction: finding!, results })
      }
      expect(store.results.latestResultKey(studyUid(1))).to.equal('result two')
      expect(store.results.latestResultKey(studyUid(3))).to.equal(undefined)
      return Promise.resolve()
    }))

  it('returns a stored HL7 message unchanged', () =>
    withStore((open) => {
      const finding = prediction(studyUid(1), 0.5)
      const hl7 = { controlId: 'ABC', bytes: Uint8Array.of(77, 83, 72) }
      const results = resultsOf(finding, Uint8Array.of(1))
      const kept = { prediction: finding, results: { ...results, parts: { ...results.parts, hl7 } } }
      open().results.keepResults(kept)
      expect(open().results.keptResults(resultKeyOf(studyUid(1)))).to.deep.equal(kept)
      return Promise.resolve()
    }))

  it('rejects stored results in an unknown encoding', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      const finding = prediction(studyUid(1), 0.5)
      const first = new SqliteStore(path)
      first.results.keepResults({ prediction: finding, results: resultsOf(finding, Uint8Array.of(1)) })
      first.close()
      const database = new DatabaseSync(path)
      database.exec(`UPDATE results SET encoding = 'v8-structured-clone/99'`)
      database.close()
      const store = new SqliteStore(path)
      expect(() => store.results.keptResults(resultKeyOf(studyUid(1))))
        .to.throw('v8-structured-clone/99')
        .with.property('code', 'SERVICE_STATE_UNREADABLE')
      store.close()
    }))

  it('deletes finished studies and their results after the retention period, and keeps unfinished ones', () =>
    withStore(async (open) => {
      const store = open()
      for (const number of [1, 2]) {
        const finding = prediction(studyUid(number), 0.7)
        store.studies.arrived({ studyInstanceUid: studyUid(number) }, at)
        store.results.keepResults({
          prediction: finding,
          results: resultsOf(finding, await pictureFile(32)),
        })
      }
      store.studies.moveTo(studyUid(1), { state: 'done' }, at)
      expect(purge(store, at)).to.equal(0)
      expect(purge(store, later)).to.equal(1)
      expect(store.studies.get(studyUid(1))).to.equal(undefined)
      expect(store.results.keptResults(resultKeyOf(studyUid(1)))).to.equal(undefined)
      expect(store.results.picture(resultsOf(prediction(studyUid(1), 0.7), Uint8Array.of()).resultKey, 0)).to.equal(
        undefined,
      )
      expect(store.studies.get(studyUid(2))?.progress.state).to.equal('waiting')
      expect(store.results.keptResults(resultKeyOf(studyUid(2)))).to.not.equal(undefined)
    }))

  it('finds studies by accession number, and returns the scores of analysed studies', () =>
    withStore((open) => {
      const { studies } = open()
      for (const [number, probability] of [0.83, 0.2].entries()) {
        studies.arrived({ studyInstanceUid: studyUid(number) }, at)
        studies.found(studyUid(number), toFinding(prediction(studyUid(number), probability), 'key', {}), later)
      }
      studies.arrived({ studyInstanceUid: studyUid(2) }, at)
      expect(studies.withAccession('A-1').map(({ study }) => study.studyInstanceUid)).to.deep.equal([studyUid(1)])
      expect(studies.withAccession('A-2')).to.deep.equal([])
      const model = { name: 'pneumonia', version: '0.1.0' }
      expect(studies.scores()).to.deep.equal([
        { arrivedAt: at, model, decision: 'present', pneumonia: 0.83 },
        { arrivedAt: at, model, decision: 'absent', pneumonia: 0.2 },
      ])
    }))

  it('stores FHIR resources, all or none of a transaction, and finds them by identifier', () =>
    withStore((open) => {
      const report = (id: string, value: string) => ({
        resourceType: 'DiagnosticReport',
        id,
        identifier: [{ system: 'urn:ietf:rfc:3986', value }],
        status: 'preliminary',
      })
      open().fhir.putAll([report('b', 'one'), report('a', 'two')])
      const { fhir } = open()
      expect(fhir.get('DiagnosticReport', 'a')).to.deep.equal(report('a', 'two'))
      expect(fhir.search('DiagnosticReport').map(({ id }) => id)).to.deep.equal(['b', 'a'])
      const identifier = { system: 'urn:ietf:rfc:3986', value: 'two' }
      expect(fhir.search('DiagnosticReport', identifier)).to.deep.equal([report('a', 'two')])
      expect(fhir.search('Observation', identifier)).to.deep.equal([])
      fhir.putAll([report('a', 'three')])
      expect(fhir.search('DiagnosticReport', identifier)).to.deep.equal([])
      const circular: Record<string, unknown> = { resourceType: 'Patient', id: 'x' }
      circular['self'] = circular
      expect(() => {
        fhir.putAll([report('c', 'four'), { resourceType: 'Patient', id: 'x', ...circular }])
      }).to.throw()
      expect(fhir.get('DiagnosticReport', 'c')).to.equal(undefined)
    }))

  it('keeps the history of a study until the study is deleted', () =>
    withStore((open) => {
      const store = open()
      const uid = studyUid(1)
      store.studies.arrived({ studyInstanceUid: uid }, at)
      store.studies.moveTo(uid, { state: 'retrying', attempt: 1, retryAt: later, problem }, at)
      store.studies.arrived({ studyInstanceUid: uid }, at)
      store.studies.found(uid, toFinding(prediction(uid, 0.8), 'result one', {}), at)
      expect(open().studies.history(uid)).to.deep.equal([
        { at, progress: { state: 'waiting' }, resultKey: undefined },
        { at, progress: { state: 'retrying', attempt: 1, retryAt: later, problem }, resultKey: undefined },
        { at, progress: { state: 'done' }, resultKey: 'result one' },
      ])
      const again = open()
      expect(purge(again, later)).to.equal(1)
      expect(again.studies.history(uid)).to.deep.equal([])
    }))

  it('keeps the log of actions across a restart', () =>
    withStore((open) => {
      const store = open()
      store.actions.record({ at, actor: 'session', action: 'sign-in', studyInstanceUid: undefined })
      store.actions.record({ at: later, actor: 'token', action: 'retry', studyInstanceUid: studyUid(1) })
      expect(open().actions.latest(1)).to.deep.equal([
        { number: 2, at: later, actor: 'token', action: 'retry', studyInstanceUid: studyUid(1) },
      ])
    }))
})
