import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { stateInUse, stateTooNew } from './errors.ts'
import { restrictFile } from './state-dir.ts'

/** One step of a schema; its number is its place in the list, counted from 1. Steps once released never change. */
export type Migration = string

const versionRow = z.object({ version: z.number().int().nullable() })

/**
 * Opens a database file for this process alone and brings its schema up to date.
 *
 * WAL with `synchronous = FULL` syncs at every commit, so what was committed survives a power cut. The exclusive lock is held
 * until the process ends, however it ends: two coordinators on one state folder would each believe to own its studies.
 * @throws SERVICE_STATE_IN_USE, SERVICE_STATE_TOO_NEW
 */
export function openDatabase(path: string, migrations: readonly Migration[]): DatabaseSync {
  restrictFile(path)
  const database = new DatabaseSync(path, { timeout: 1000 })
  try {
    // Results are blobs of megabytes: in pages of 4 KiB, a new database's usual ones, writing them takes twice the time and CPU.
    database.exec(`
      PRAGMA page_size = 16384;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      BEGIN EXCLUSIVE;
      CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT;
      COMMIT;
    `)
    migrate(database, path, migrations)
  } catch (error) {
    database.close()
    throw isLocked(error) ? stateInUse(path) : error
  }
  return database
}

function migrate(database: DatabaseSync, path: string, migrations: readonly Migration[]): void {
  const { version } = versionRow.parse(database.prepare('SELECT max(version) AS version FROM migrations').get())
  const applied = version ?? 0
  if (applied > migrations.length) throw stateTooNew(path, applied, migrations.length)
  for (const [index, statements] of migrations.entries()) {
    if (index < applied) continue
    inTransaction(database, () => {
      database.exec(statements)
      database
        .prepare(`INSERT INTO migrations (version, applied_at) VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ'))`)
        .run(index + 1)
    })
  }
}

/** Runs `work` so that all of it is committed, or none. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && /database is (locked|busy)/.test(error.message)
}
