import { join } from 'node:path'
import { expect } from 'chai'
import type { Opinion } from '../../../../src/feedback/opinion.ts'
import { openDatabase } from '../../../../src/service/store/sqlite/database.ts'
import { toFinding } from '../../../../src/service/store/finding.ts'
import { SqliteStore } from '../../../../src/service/store/sqlite/sqlite-store.ts'
import { storeMigrations } from '../../../../src/service/store/sqlite/store-migrations.ts'
import { inTempDir, prediction, studyUid } from '../../fixtures.ts'
import { purge, withStore } from '../with-store.ts'

const at = new Date('2026-03-01T08:00:00Z')
const later = new Date('2026-03-01T09:00:00Z')
const opinion: Opinion = {
  studyInstanceUid: studyUid(1),
  resultKey: 'result one',
  model: { name: 'pneumonia', version: '1.0.1' },
  decision: 'present',
  pneumonia: 0.83,
  judgement: 'agree',
  source: 'page',
  actor: 'session',
  document: undefined,
  at,
}

describe('stored opinions', () => {
  it('are the latest per result and source, and none after a withdrawal', () =>
    withStore((open) => {
      const { opinions } = open()
      const fhir: Opinion = {
        ...opinion,
        source: 'fhir',
        actor: 'report',
        document: { id: 'r', version: '1' },
        at: later,
      }
      expect(opinions.record(opinion)).to.equal(true)
      expect(opinions.record(fhir)).to.equal(true)
      opinions.record({ ...opinion, judgement: 'disagree', at: later })
      opinions.record({ ...opinion, resultKey: 'result two' })
      const changed: Opinion = { ...opinion, judgement: 'disagree', at: later }
      const { opinions: again } = open()
      expect(again.standing('result one')).to.deep.equal([fhir, changed])
      expect(again.allStanding()).to.deep.equal([fhir, changed, { ...opinion, resultKey: 'result two' }])
      again.record({ ...opinion, judgement: 'withdrawn', at: later })
      expect(again.standing('result one')).to.deep.equal([fhir])
    }))

  it('include each version of a report once', () =>
    withStore((open) => {
      const { opinions } = open()
      const version = (number: string): Opinion => ({
        ...opinion,
        source: 'fhir',
        actor: 'report',
        document: { id: 'DiagnosticReport/1', version: number },
      })
      const recorded = ['1', '2', '1', '2'].map((number) => opinions.record(version(number)))
      expect(recorded).to.deep.equal([true, true, false, false])
      expect(opinions.standing('result one')).to.deep.equal([version('2')])
    }))

  it('lose study and report when the study is deleted, and are still counted', () =>
    withStore((open) => {
      const store = open()
      const document = { id: '1.2.3', version: '1' }
      store.studies.arrived({ studyInstanceUid: studyUid(1) }, at)
      store.studies.found(studyUid(1), toFinding(prediction(studyUid(1), 0.83), 'result one', {}), at)
      store.opinions.record({ ...opinion, source: 'structured-report', actor: 'report', document })
      expect(purge(store, at)).to.equal(0)
      expect(store.opinions.allStanding()[0]).to.deep.include({ studyInstanceUid: studyUid(1), document })
      expect(purge(store, later)).to.equal(1)
      expect(store.opinions.allStanding()).to.have.length(1)
      expect(store.opinions.allStanding()[0]).to.deep.include({ studyInstanceUid: undefined, document: undefined })
    }))

  it('can be recorded in a store that was migrated from schema version 1', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      openDatabase(path, storeMigrations.slice(0, 1)).close()
      const store = new SqliteStore(path)
      expect(store.opinions.record(opinion)).to.equal(true)
      store.close()
    }))
})
