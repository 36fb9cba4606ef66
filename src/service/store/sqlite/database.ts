import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { keepCopy } from './database-copies.ts'
import { type Statement, namingFaults, namingStatement } from './database-faults.ts'
import {
  rollbackFailed,
  rollbackImpossible,
  rollbackNeedless,
  stateAbsent,
  stateInUse,
  stateTooNew,
} from '../errors.ts'
import { restrictFile } from '../state-dir.ts'

/** One migration. Its place in the list, from 1, is the schema version. A released migration never changes. */
export interface Migration {
  readonly up: string
  /** Undoes the migration and drops the data that only it supports; undefined if it cannot be undone. */
  readonly down: string | undefined
}

const versionRow = z.object({ version: z.number().int().nullable() })
const downRow = z.object({ version: z.number().int(), down: z.string().nullable() })

/**
 * Opens a database file for this process alone. If migrations are pending, copies it and runs them in one transaction.
 *
 * WAL with `synchronous = FULL` syncs every commit, so a commit survives a power cut. The exclusive lock is held until
 * the process ends: two coordinators on one state folder would each assume that they own its studies.
 * @throws SERVICE_STATE_IN_USE, SERVICE_STATE_TOO_NEW, SERVICE_STATE_NOT_COPIED, and a fault of the disk or the file
 */
export function openDatabase(path: string, migrations: readonly Migration[]): DatabaseSync {
  return openLocked(path, (database) => {
    migrate(database, path, migrations)
    database.exec('PRAGMA foreign_keys = ON')
  })
}

/**
 * Opens the database of a stopped service as it is, and excludes the service until it is closed.
 * @throws SERVICE_STATE_IN_USE, and a fault of the disk or the file
 */
export function lockDatabase(path: string): DatabaseSync {
  return openLocked(path, () => undefined)
}

/**
 * Copies a database and undoes all migrations after version `to` in one transaction. The file itself contains the SQL
 * for this, so the older version can do it.
 * @returns the previous schema version, and the path of the copy
 * @throws SERVICE_STATE_ABSENT, SERVICE_STATE_IN_USE, SERVICE_STATE_NOT_COPIED, SERVICE_ROLLBACK_*
 */
export function rollBack(path: string, to: number): { readonly from: number; readonly copy: string } {
  if (!existsSync(path)) throw stateAbsent(path)
  let done: { from: number; copy: string } | undefined
  const database = openLocked(path, (opened) => {
    const from = versionOf(opened)
    if (to >= from) throw rollbackNeedless(path, from)
    const steps = z.array(downRow).parse(opened.prepare(laterSteps).all(to))
    const fixed = steps.find(({ down }) => down === null)
    if (fixed !== undefined) throw rollbackImpossible(path, fixed.version)
    done = { from, copy: keepCopy(opened, path, from) }
    undo(opened, path, to, steps)
  })
  database.close()
  return done!
}

const laterSteps = 'SELECT version, down FROM migrations WHERE version > ? ORDER BY version DESC'

/** Foreign keys are off, so that tables can be dropped in any order. They are checked at the end. */
function undo(database: DatabaseSync, path: string, to: number, steps: readonly z.output<typeof downRow>[]): void {
  try {
    inTransaction(database, () => {
      for (const { down } of steps) database.exec(down ?? '')
      database.prepare('DELETE FROM migrations WHERE version > ?').run(to)
      if (database.prepare('PRAGMA foreign_key_check').all().length > 0)
        throw new Error('foreign keys would be violated')
    })
  } catch (error) {
    throw rollbackFailed(path, to, error instanceof Error ? error.message : String(error))
  }
}

function openLocked(path: string, prepare: (database: DatabaseSync) => void): DatabaseSync {
  restrictFile(path)
  const database = new DatabaseSync(path, { timeout: 1000, enableForeignKeyConstraints: false })
  try {
    namingFaults(database, path, () => {
      lock(database)
      noteWaysBack(database)
      prepare(database)
    })
  } catch (error) {
    database.close()
    throw isLocked(error) ? stateInUse(path) : error
  }
  return database
}

/** Results are multi-megabyte blobs. With the default page size of 4 KiB, writing them takes twice the time and CPU. */
function lock(database: DatabaseSync): void {
  database.exec(`
    PRAGMA page_size = 16384;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    BEGIN EXCLUSIVE;
    CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT;
    COMMIT;
  `)
}

function migrate(database: DatabaseSync, path: string, migrations: readonly Migration[]): void {
  const applied = versionOf(database)
  if (applied > migrations.length) throw stateTooNew(path, applied, migrations.length)
  if (applied > 0 && applied < migrations.length) keepCopy(database, path, applied)
  inTransaction(database, () => {
    rememberDowns(database, migrations)
    const note = database.prepare(
      `INSERT INTO migrations (version, applied_at, down) VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ'), ?)`,
    )
    for (const [index, { up, down }] of migrations.entries()) {
      if (index < applied) continue
      database.exec(up)
      note.run(index + 1, down ?? null)
    }
  })
}

/** The first versions had no column for the SQL of a rollback. */
function noteWaysBack(database: DatabaseSync): void {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('migrations') WHERE name = 'down'`).all()
  if (columns.length === 0) database.exec('ALTER TABLE migrations ADD COLUMN down TEXT')
}

function rememberDowns(database: DatabaseSync, migrations: readonly Migration[]): void {
  const note = database.prepare('UPDATE migrations SET down = ? WHERE version = ? AND down IS NULL')
  for (const [index, { down }] of migrations.entries()) if (down !== undefined) note.run(down, index + 1)
}

function versionOf(database: DatabaseSync): number {
  return versionRow.parse(database.prepare('SELECT max(version) AS version FROM migrations').get()).version ?? 0
}

/** The statement of an SQL text. Every text is compiled once and cached, so use it only for constant texts. */
export type Prepared = (sql: string) => Statement

export function preparedOnce(database: DatabaseSync): Prepared {
  const statements = new Map<string, Statement>()
  return (sql) => {
    const statement = statements.get(sql) ?? prepare(database, sql)
    statements.set(sql, statement)
    return statement
  }
}

/** A statement whose failures name the file if the disk or the file is at fault. */
export function prepare(database: DatabaseSync, sql: string): Statement {
  const path = pathOf(database)
  return namingFaults(database, path, () => namingStatement(database, path, database.prepare(sql)))
}

/**
 * Runs `work` in one transaction, which is rolled back if it throws. A statement with RETURNING belongs in one: `get`
 * does not report that the commit after it failed.
 */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  return namingFaults(database, pathOf(database), () => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      database.exec('COMMIT')
      return result
    } catch (error) {
      rollBackTransaction(database)
      throw error
    }
  })
}

/** SQLite itself rolls back after a full disk or an I/O error, https://sqlite.org/lang_transaction.html. */
function rollBackTransaction(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec('ROLLBACK')
  } catch {
    // What failed first is the cause.
  }
}

export function pathOf(database: DatabaseSync): string {
  return database.location() ?? ''
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && /database is (locked|busy)/.test(error.message)
}
