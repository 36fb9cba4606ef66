import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { isStateFault } from '../../../../src/service/store/state-fault.ts'
import {
  type Migration,
  inTransaction,
  openDatabase,
  preparedOnce,
} from '../../../../src/service/store/sqlite/database.ts'
import { probeDatabase } from '../../../../src/service/store/sqlite/database-faults.ts'
import { SqliteStore } from '../../../../src/service/store/sqlite/sqlite-store.ts'
import { SqliteQueue } from '../../../../src/service/queue/sqlite-queue.ts'
import { inTempDir, prediction, resultKeyOf, resultsOf, setClock, studyUid } from '../../fixtures.ts'

const fruit: Migration = { up: 'CREATE TABLE fruit (picture BLOB NOT NULL) STRICT;', down: undefined }

const pageBytes = 16_384
const large = new Uint8Array(20 * pageBytes)

/** Overwrites every page of a closed database after the first `kept`. */
function damage(path: string, kept: number): void {
  const file = openSync(path, 'r+')
  const junk = Buffer.alloc(pageBytes, 'junk')
  for (let at = kept * pageBytes; at < statSync(path).size; at += pageBytes) writeSync(file, junk, 0, pageBytes, at)
  closeSync(file)
}

const failureOf = (work: () => unknown): Error => {
  try {
    work()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

describe('database whose file cannot grow', () => {
  const withFull = (test: (database: ReturnType<typeof openDatabase>, path: string) => void) =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      const database = openDatabase(path, [fruit])
      database.exec('PRAGMA max_page_count = 8')
      test(database, path)
      database.close()
    })

  it('fails with the file and the cause, inside a transaction and without one', () =>
    withFull((database, path) => {
      const insert = () => preparedOnce(database)('INSERT INTO fruit VALUES (?)').run(large)
      for (const work of [insert, () => inTransaction(database, insert)]) {
        const error = failureOf(work)
        expect(error).to.include({ code: 'SERVICE_STATE_FULL', failureClass: 'transient', httpStatus: 503 })
        expect(error.message).to.include('disk is full').and.include(path)
        expect(isStateFault(error)).to.equal(true)
      }
    }))

  it('keeps nothing of the failed transaction, and accepts the next one', () =>
    withFull((database) => {
      const insert = preparedOnce(database)('INSERT INTO fruit VALUES (?)')
      failureOf(() => {
        inTransaction(database, () => {
          insert.run(Uint8Array.of(1))
          insert.run(large)
        })
      })
      inTransaction(database, () => insert.run(Uint8Array.of(2)))
      const pictures = preparedOnce(database)('SELECT hex(picture) AS picture FROM fruit').all()
      expect(pictures.map(({ picture }) => picture)).to.deep.equal(['02'])
    }))

  it('reports any other failure unchanged', () =>
    withFull((database) => {
      const error = failureOf(() => {
        inTransaction(database, () => {
          database.exec('INSERT INTO fruit VALUES (NULL)')
        })
      })
      expect(error.message).to.match(/NOT NULL/)
      expect(isStateFault(error)).to.equal(false)
      inTransaction(database, () => {
        database.exec(`INSERT INTO fruit VALUES (x'01')`)
      })
    }))
})

describe('probe of a database', () => {
  it('fails if the file can be read but not written, and changes nothing', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      const database = openDatabase(path, [fruit])
      probeDatabase(database, path)
      database.exec('PRAGMA query_only = ON')
      const error = failureOf(() => {
        probeDatabase(database, path)
      })
      expect(error).to.include({ code: 'SERVICE_STATE_UNWRITABLE', failureClass: 'transient' })
      expect(error.message).to.include(path)
      expect(preparedOnce(database)('SELECT count(*) AS rows FROM fruit').get()).to.include({ rows: 0 })
      database.close()
    }))
})

describe('damaged database', () => {
  it('names the store and the restore command; every later check fails, also if its own pages are whole', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      const store = new SqliteStore(path)
      const finding = prediction(studyUid(1), 0.8)
      store.results.keepResults({ prediction: finding, results: resultsOf(finding, large) })
      store.close()
      damage(path, 40)
      const damaged = new SqliteStore(path)
      damaged.probe()
      const error = failureOf(() => damaged.results.keptResults(resultKeyOf(studyUid(1))))
      expect(error).to.include({ code: 'SERVICE_DATABASE_DAMAGED', failureClass: 'server' })
      expect(error.message).to.include(path).and.include('database restore')
      for (const check of [
        () => {
          damaged.requireSound()
        },
        () => {
          damaged.probe()
        },
      ])
        expect(failureOf(check)).to.equal(error)
      damaged.close()
    }))

  it('names the queue, which can be deleted', () =>
    inTempDir((dir) => {
      const path = join(dir, 'queue.sqlite')
      const options = { path, clock: setClock(), leaseMs: 1000 }
      void new SqliteQueue(options).close()
      damage(path, 0)
      const error = failureOf(() => new SqliteQueue(options))
      expect(error).to.have.property('code', 'SERVICE_DATABASE_DAMAGED')
      expect(error.message).to.include(path).and.include('Delete it')
    }))
})
