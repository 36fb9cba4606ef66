import { basename, dirname } from 'node:path'
import { statfsSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { TriageError } from '../../../errors/triage-error.ts'
import { databaseDamaged, stateFull, stateUnwritable } from '../errors.ts'

/** Room for the results of several studies and a write-ahead log that has not been checkpointed. */
const reserveBytes = 8 * 2 ** 20

/** Primary result codes of SQLite, https://sqlite.org/rescode.html. The upper bits of a code say more about its cause. */
const primaryCode = 0xff
const faults: ReadonlyMap<number, (path: string, cause: string) => TriageError> = new Map([
  [8, stateUnwritable], // SQLITE_READONLY
  [10, stateUnwritable], // SQLITE_IOERR
  [11, damaged], // SQLITE_CORRUPT
  [13, stateFull], // SQLITE_FULL
  [14, stateUnwritable], // SQLITE_CANTOPEN
  [26, damaged], // SQLITE_NOTADB
])

/** Damage does not pass, so the first sign of it stands until the process ends. */
const knownDamage = new WeakMap<DatabaseSync, TriageError>()

/** Runs `work`. If it fails because of the disk or the file, the error says so and names the file. */
export function namingFaults<Result>(database: DatabaseSync, path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const fault = faultOf(path, error)
    if (databaseDamaged.matches(fault) && !knownDamage.has(database)) knownDamage.set(database, fault)
    throw fault ?? error
  }
}

function faultOf(path: string, error: unknown): TriageError | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  const fault = faults.get(error.errcode & primaryCode)?.(path, error.message)
  if (fault !== undefined) fault.cause = error
  return fault
}

function damaged(path: string, cause: string): TriageError {
  const repair =
    basename(path) === 'queue.sqlite'
      ? 'Delete it together with its -wal file, then start the service: it rebuilds the queue from store.sqlite.'
      : 'Then run "lung-triage database restore FOLDER --orthanc-config PATH" with the folder of a backup; the damaged file is kept beside it.'
  return databaseDamaged(path, cause, repair)
}

/** @throws SERVICE_DATABASE_DAMAGED if damage was found, SERVICE_STATE_FULL if the disk has hardly any room */
export function requireSound(database: DatabaseSync, path: string): void {
  const damage = knownDamage.get(database)
  if (damage !== undefined) throw damage
  if (freeBytes(dirname(path)) < reserveBytes) throw stateFull(path)
}

/** Writes to the file as every commit does, and leaves it as it was. */
export function probeDatabase(database: DatabaseSync, path: string): void {
  requireSound(database, path)
  // No schema uses this field. Setting it writes the first page, also if the value is the same.
  namingFaults(database, path, () => {
    database.exec('PRAGMA user_version = 0')
  })
}

/** Bytes that this process can still write in that folder. */
export function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}

/** The methods of a statement that run it. */
export type Statement = Pick<StatementSync, 'run' | 'get' | 'all'>

export function namingStatement(database: DatabaseSync, path: string, statement: StatementSync): Statement {
  const naming = <Values extends unknown[], Result>(method: (...values: Values) => Result) => {
    return (...values: Values): Result => namingFaults(database, path, () => method.apply(statement, values))
  }
  // Each method has two signatures, of which TypeScript infers only the last.
  return {
    run: naming(statement.run.bind(statement)) as Statement['run'],
    get: naming(statement.get.bind(statement)) as Statement['get'],
    all: naming(statement.all.bind(statement)) as Statement['all'],
  }
}
