import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { type Migration, openDatabase } from '../../../../src/service/store/sqlite/database.ts'
import { openStateDir } from '../../../../src/service/store/state-dir.ts'
import { inTempDir } from '../../fixtures.ts'

const first: Migration = { up: 'CREATE TABLE fruit (name TEXT NOT NULL) STRICT;', down: undefined }
const second: Migration = {
  up: `ALTER TABLE fruit ADD COLUMN colour TEXT NOT NULL DEFAULT 'green';`,
  down: 'ALTER TABLE fruit DROP COLUMN colour;',
}

describe('database file', () => {
  it('is migrated to the current schema version and keeps its rows', () =>
    inTempDir((dir) => {
      const path = join(dir, 'a.sqlite')
      const old = openDatabase(path, [first])
      old.exec(`INSERT INTO fruit VALUES ('apple')`)
      old.close()
      const migrated = openDatabase(path, [first, second])
      expect({ ...migrated.prepare('SELECT * FROM fruit').get() }).to.deep.equal({ name: 'apple', colour: 'green' })
      expect(migrated.prepare('SELECT version FROM migrations ORDER BY version').all()).to.have.length(2)
      migrated.close()
    }))

  it('is unchanged if a migration fails', () =>
    inTempDir((dir) => {
      const path = join(dir, 'a.sqlite')
      openDatabase(path, [first]).close()
      const failing: Migration = { up: 'INSERT INTO nowhere VALUES (1);', down: undefined }
      expect(() => openDatabase(path, [first, second, failing])).to.throw('nowhere')
      const unchanged = openDatabase(path, [first])
      expect(unchanged.prepare('PRAGMA table_info (fruit)').all()).to.have.length(1)
      unchanged.close()
    }))

  it('of a newer version is rejected with the rollback command and stays unchanged', () =>
    inTempDir((dir) => {
      const path = join(dir, 'a.sqlite')
      openDatabase(path, [first, second]).close()
      expect(() => openDatabase(path, [first]))
        .to.throw(`lung-triage database rollback ${path} --to 1`)
        .with.property('code', 'SERVICE_STATE_TOO_NEW')
      openDatabase(path, [first, second]).close()
    }))

  it('cannot be opened twice at the same time', () =>
    inTempDir((dir) => {
      const path = join(dir, 'a.sqlite')
      const held = openDatabase(path, [first])
      expect(() => openDatabase(path, [first]))
        .to.throw('another process')
        .with.property('code', 'SERVICE_STATE_IN_USE')
      held.close()
      openDatabase(path, [first]).close()
    }))

  it('that is not an SQLite database is rejected', () =>
    inTempDir((dir) => {
      const path = join(dir, 'a.sqlite')
      writeFileSync(path, 'this is no database, and long enough to be read as one with a bad header '.repeat(20))
      expect(() => openDatabase(path, [first])).to.throw(/not a database/)
    }))

  it('is in WAL mode and synced to disk at every commit', () =>
    inTempDir((dir) => {
      const database: DatabaseSync = openDatabase(join(dir, 'a.sqlite'), [first])
      expect({ ...database.prepare('PRAGMA journal_mode').get() }).to.deep.equal({ journal_mode: 'wal' })
      expect({ ...database.prepare('PRAGMA synchronous').get() }).to.deep.equal({ synchronous: 2 })
      database.close()
    }))

  it('is readable only by its owner, like its WAL, whatever the umask', () =>
    inTempDir((dir) => {
      const state = join(dir, 'deep', 'state')
      const before = process.umask(0)
      try {
        openStateDir(state)
        const database = openDatabase(join(state, 'a.sqlite'), [first])
        database.exec(`INSERT INTO fruit VALUES ('pear')`)
        expect(statSync(state).mode & 0o777).to.equal(0o700)
        expect(existsSync(join(state, 'a.sqlite-wal'))).to.equal(true)
        for (const file of readdirSync(state)) expect(statSync(join(state, file)).mode & 0o777, file).to.equal(0o600)
        database.close()
      } finally {
        process.umask(before)
      }
    }))

  it('is in a state folder that becomes readable only by its owner', () =>
    inTempDir((dir) => {
      chmodSync(dir, 0o755)
      openStateDir(dir)
      expect(statSync(dir).mode & 0o777).to.equal(0o700)
    }))
})
