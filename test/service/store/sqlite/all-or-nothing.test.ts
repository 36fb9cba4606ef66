import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { modelName } from '../../../../src/classify/model-name.ts'
import { toFinding } from '../../../../src/service/store/finding.ts'
import { SqliteStore } from '../../../../src/service/store/sqlite/sqlite-store.ts'
import { inTempDir, memoryDir, model, prediction, resultsOf, studyUid } from '../../fixtures.ts'
import { purge } from '../with-store.ts'

const uid = studyUid(1)
const study = { studyInstanceUid: uid }
const at = new Date('2026-03-01T08:00:00Z')
const later = new Date('2026-03-02T08:00:00Z')
const found = prediction(uid, 0.8)
const kept = { prediction: found, results: resultsOf(found, Uint8Array.of(1)) }

interface Write {
  /** What the store holds before. */
  readonly before?: (store: SqliteStore) => unknown
  readonly write: (store: SqliteStore) => unknown
  /** The statement that fails, one of several of this write. */
  readonly fails: string
  /** What a user sees of it. */
  readonly seen: (store: SqliteStore) => unknown
}

const arrive = ({ studies }: SqliteStore) => {
  studies.arrived(study, at)
}

const writes: Readonly<Record<string, Write>> = {
  'arrival of a study': {
    write: arrive,
    fails: 'INSERT ON study_events',
    seen: ({ studies }) => [studies.get(uid), studies.history(uid)],
  },
  'next state of a study': {
    before: arrive,
    write: ({ studies }) => {
      studies.moveTo(uid, { state: 'active', attempt: 1 }, later)
    },
    fails: 'INSERT ON study_events',
    seen: ({ studies }) => [studies.get(uid), studies.history(uid)],
  },
  'finding of a study': {
    before: arrive,
    write: ({ studies }) => {
      studies.found(uid, toFinding(found, kept.results.resultKey, {}), later)
    },
    fails: 'INSERT ON study_events',
    seen: ({ studies }) => [studies.get(uid), studies.history(uid)],
  },
  'results whose pictures cannot be stored': {
    before: arrive,
    write: ({ results }) => results.keepResults(kept),
    fails: 'INSERT ON pictures',
    seen: ({ results }) => [results.keptResults(kept.results.resultKey), results.ownSeries(uid)],
  },
  'results whose series cannot be noted as our own': {
    before: arrive,
    write: ({ results }) => results.keepResults(kept),
    fails: 'INSERT ON own_series',
    seen: ({ results }) => [results.keptResults(kept.results.resultKey), results.picture(kept.results.resultKey, 0)],
  },
  'retraction of a model': {
    before: ({ results }) => results.keepResults(kept),
    write: ({ retractions }) => {
      retractions.retract({ model: modelName(model), at, actor: 'token' })
    },
    fails: 'INSERT ON withdrawals',
    seen: ({ retractions }) => [retractions.all(), retractions.progress(modelName(model))],
  },
  'end of the retention period': {
    before: (store) => {
      arrive(store)
      store.studies.found(uid, toFinding(found, kept.results.resultKey, {}), at)
      store.results.keepResults(kept)
    },
    write: (store) => purge(store, later),
    fails: 'DELETE ON results',
    seen: ({ studies, results }) => [
      studies.get(uid),
      studies.history(uid),
      results.keptResults(kept.results.resultKey),
    ],
  },
}

describe('write of several rows that fails halfway', () => {
  for (const [name, { before, write, fails, seen }] of Object.entries(writes))
    it(`leaves everything as it was, and can be repeated: ${name}`, () =>
      inTempDir((dir) => {
        const path = join(dir, 'store.sqlite')
        const open = (test: (store: SqliteStore) => void): void => {
          const store = new SqliteStore(path)
          test(store)
          store.close()
        }
        const change = (sql: string): void => {
          const database = new DatabaseSync(path)
          database.exec(sql)
          database.close()
        }
        open((store) => before?.(store))
        change(`CREATE TRIGGER disk_full BEFORE ${fails} BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
        open((store) => {
          const asBefore = seen(store)
          expect(() => write(store)).to.throw('disk full')
          expect(seen(store)).to.deep.equal(asBefore)
        })
        change('DROP TRIGGER disk_full')
        open((store) => {
          const asBefore = seen(store)
          write(store)
          expect(seen(store)).to.not.deep.equal(asBefore)
        })
      }, memoryDir))
})
