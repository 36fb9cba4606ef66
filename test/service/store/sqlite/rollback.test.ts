import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { z } from 'zod'
import { type Migration, openDatabase, rollBack } from '../../../../src/service/store/sqlite/database.ts'
import { encodeResults, resultEncoding } from '../../../../src/service/store/result-encoding.ts'
import { SqliteStore } from '../../../../src/service/store/sqlite/sqlite-store.ts'
import { resultKeyStep } from '../../../../src/service/store/result-key-step.ts'
import { storeMigrations } from '../../../../src/service/store/sqlite/store-migrations.ts'
import { commandInProcess } from '../../../commands/command-in-process.ts'
import { inTempDir, prediction, resultsOf, studyUid } from '../../fixtures.ts'
import { purge } from '../with-store.ts'

const at = new Date('2026-03-01T08:00:00Z')

/** Every table with its columns, and every index. */
function schemaOf(path: string): readonly string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const sql = `SELECT m.type || ' ' || m.name || ' ' || coalesce(c.name || ' ' || c.type, '') AS line
                 FROM sqlite_master m LEFT JOIN pragma_table_info(m.name) c WHERE m.name NOT LIKE 'sqlite_%'`
    return database
      .prepare(sql)
      .all()
      .map(({ line }) => String(line))
      .sort()
  } finally {
    database.close()
  }
}

function rowsOf(path: string, sql: string): readonly unknown[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  } finally {
    database.close()
  }
}

const resultKeySchema = storeMigrations.indexOf(resultKeyStep) + 1

/** Creates a store of that schema version with one study. */
function storeOf(path: string, schema: number): void {
  const finding = prediction(studyUid(1), 0.8)
  const bytes = encodeResults({ prediction: finding, results: resultsOf(finding, Uint8Array.of(1)) })
  const database = openDatabase(path, storeMigrations.slice(0, schema))
  database.exec(
    `INSERT INTO studies (study_uid, arrived_ms, updated_ms, state) VALUES ('${studyUid(1)}', 1, 2, 'done')`,
  )
  // The first versions kept results under the key of their input.
  const keys = schema < resultKeySchema ? `input_key, result_key` : 'result_key'
  database
    .prepare(
      `INSERT INTO results (${keys}, study_uid, encoding, kept) VALUES (${keys.replace(/\w+/g, "'r'")}, ?, ?, ?)`,
    )
    .run(studyUid(1), resultEncoding, bytes)
  database.exec(`INSERT INTO pictures VALUES ('r', 0, x'0203')`)
  database.close()
}

/** The content of a store, whatever the names of its columns. */
function keptIn(path: string): readonly unknown[] {
  const results = `SELECT s.study_uid, s.state, r.result_key, hex(r.kept) AS kept
                   FROM studies s JOIN results r USING (study_uid)`
  return [
    rowsOf(path, results),
    rowsOf(path, 'SELECT * FROM pictures').map((row) => Object.values(z.record(z.string(), z.unknown()).parse(row))),
  ]
}

/** Runs `database rollback` as a user would. */
function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/cli.ts', 'database', 'rollback', ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

describe('rollback to an older schema version', function () {
  this.timeout(30_000)

  for (let schema = 1; schema < storeMigrations.length; schema++) {
    it(`restores schema version ${schema} of the store and keeps its rows`, () =>
      inTempDir((dir) => {
        const [path, untouched] = [join(dir, 'store.sqlite'), join(dir, 'untouched.sqlite')]
        storeOf(path, schema)
        storeOf(untouched, schema)
        const before = keptIn(path)
        new SqliteStore(path).close()
        expect(keptIn(path)).to.deep.equal(before)
        expect(rollBack(path, schema).from).to.equal(storeMigrations.length)
        expect(schemaOf(path)).to.deep.equal(schemaOf(untouched))
        expect(keptIn(path)).to.deep.equal(before)
        new SqliteStore(path).close()
        expect(keptIn(path), 'and forward again').to.deep.equal(before)
      }))
  }

  it('runs in the older version, as its error says, with the SQL that the newer version stored in the file', () =>
    inTempDir(async (dir) => {
      const path = join(dir, 'store.sqlite')
      const known = storeMigrations.length
      new SqliteStore(path).close()
      const next: Migration = { up: 'CREATE TABLE novelties (name TEXT) STRICT;', down: 'DROP TABLE novelties;' }
      openDatabase(path, [...storeMigrations, next]).close()
      expect(() => new SqliteStore(path))
        .to.throw(`database rollback ${path} --to ${known}`)
        .with.property('code', 'SERVICE_STATE_TOO_NEW')
      const gone = await run(path, '--to', String(known), '--json')
      expect(gone.code, gone.stderr).to.equal(0)
      const copy = `${path}.schema-${known + 1}`
      expect(JSON.parse(gone.stdout)).to.deep.equal({ path, from: known + 1, to: known, copy })
      new SqliteStore(path).close()
      expect(rowsOf(copy, 'SELECT * FROM novelties')).to.deep.equal([])
    }))

  it('changes nothing and reports the reason if it is impossible or needless, or the state is in use or absent', () =>
    inTempDir(async (dir) => {
      const path = join(dir, 'store.sqlite')
      const store = new SqliteStore(path)
      expect((await run(path, '--to', '1')).stderr).to.include('SERVICE_STATE_IN_USE')
      store.close()
      const before = schemaOf(path)
      const refused = (...args: readonly string[]) => commandInProcess('database', 'rollback', ...args)
      expect((await refused(path, '--to', '0')).stderr).to.include('SERVICE_ROLLBACK_IMPOSSIBLE')
      expect((await refused(path, '--to', '99')).stderr).to.include('SERVICE_ROLLBACK_NEEDLESS')
      expect((await refused(join(dir, 'absent.sqlite'), '--to', '1')).stderr).to.include('SERVICE_STATE_ABSENT')
      expect((await refused(path, '--to', 'back')).code).to.equal(2)
      expect(schemaOf(path)).to.deep.equal(before)
    }))

  it('fails if a retracted model would work again', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      const store = new SqliteStore(path)
      store.retractions.retract({ model: 'pneumonia/0.1.0', at, actor: 'token' })
      store.close()
      const before = schemaOf(path)
      expect(() => rollBack(path, 1))
        .to.throw('a retracted model would work again')
        .with.property('code', 'SERVICE_ROLLBACK_FAILED')
      expect(schemaOf(path), 'the later migrations stay too').to.deep.equal(before)
      expect(rollBack(path, 2).from).to.equal(storeMigrations.length)
    }))
})

describe('copy of a state before a migration', () => {
  it('contains every commit, is readable only by its owner, and is deleted after the retention period', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      storeOf(path, 1)
      const before = keptIn(path)
      const store = new SqliteStore(path)
      const copy = `${path}.schema-1`
      expect(keptIn(copy)).to.deep.equal(before)
      expect(statSync(copy).mode & 0o777).to.equal(0o600)
      purge(store, at)
      expect(existsSync(copy)).to.equal(true)
      utimesSync(copy, at, at)
      purge(store, new Date(at.getTime() + 1))
      expect(existsSync(copy)).to.equal(false)
      store.close()
    }))

  it('is made first, so that a failed copy leaves the schema unchanged', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      storeOf(path, 1)
      const before = schemaOf(path)
      mkdirSync(`${path}.schema-1`)
      expect(() => new SqliteStore(path))
        .to.throw('cannot be copied')
        .with.property('code', 'SERVICE_STATE_NOT_COPIED')
      expect(schemaOf(path)).to.deep.equal(before)
    }))
})
