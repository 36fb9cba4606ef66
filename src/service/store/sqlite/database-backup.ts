import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync, backup } from 'node:sqlite'
import { backupExists, backupFailed, backupIncomplete, databaseDamaged, stateAbsent, stateInUse } from '../errors.ts'
import { openStateDir, restrictFile } from '../state-dir.ts'
import { lockDatabase } from './database.ts'
import { syncFile } from './database-copies.ts'
import { namingFaults } from './database-faults.ts'

/**
 * In the order of a backup. A study is recorded in the store before it is queued, so every job of a queue that was
 * copied first is in the store's copy.
 */
const databases = ['queue.sqlite', 'store.sqlite'] as const

/** Path of the copy that the running service makes for the backup command. */
export function draftOf(path: string): string {
  return `${path}.backup`
}

/**
 * Copies an open database step by step while it is used, https://sqlite.org/backup.html. Writes of this process in
 * between are in the copy.
 * @throws SERVICE_BACKUP_FAILED
 */
export async function backUpDatabase(database: DatabaseSync, path: string, copy: string): Promise<void> {
  await placing(copy, async (draft) => {
    await backup(database, draft)
    withoutLog(draft)
  }).catch((error: unknown) => {
    throw backupFailed(path, error instanceof Error ? error.message : String(error))
  })
}

/** Makes the copy one file, which can be read on any medium: a reader of a database with a log creates files beside it. */
function withoutLog(path: string): void {
  const copy = new DatabaseSync(path)
  copy.exec('PRAGMA journal_mode = DELETE')
  copy.close()
}

/** Writes a file that only its owner can read. It gets its name when it is complete and on the disk. */
async function placing(path: string, write: (draft: string) => Promise<void> | void): Promise<void> {
  const draft = `${path}.partial`
  rmSync(draft, { force: true })
  try {
    restrictFile(draft)
    await write(draft)
    syncFile(draft)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/**
 * Writes a backup into a new folder. A stopped service's files are copied directly; otherwise `askService` has the
 * service, which alone can open them, make the copies.
 * @throws SERVICE_BACKUP_EXISTS, SERVICE_STATE_ABSENT, SERVICE_BACKUP_FAILED, SERVICE_DATABASE_DAMAGED
 */
export async function backUpState(stateDir: string, folder: string, askService: () => Promise<unknown>): Promise<void> {
  const present = databases.filter((name) => existsSync(join(stateDir, name)))
  if (!present.includes('store.sqlite')) throw stateAbsent(join(stateDir, 'store.sqlite'))
  if (databases.some((name) => existsSync(join(folder, name)))) throw backupExists(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    for (const name of present) await copyStopped(join(stateDir, name), join(folder, name))
  } catch (error) {
    if (!stateInUse.matches(error)) throw error
    await askService()
    for (const name of present) await moveDraft(draftOf(join(stateDir, name)), join(folder, name))
  }
  for (const name of present) requireWhole(join(folder, name))
}

async function copyStopped(path: string, copy: string): Promise<void> {
  const database = lockDatabase(path)
  try {
    await backUpDatabase(database, path, copy)
  } finally {
    database.close()
  }
}

/** The folder of a backup is usually on another disk. */
async function moveDraft(draft: string, copy: string): Promise<void> {
  await placing(copy, (partial) => {
    copyFileSync(draft, partial)
  })
  rmSync(draft)
}

/**
 * Replaces the state of a stopped service by a backup, and keeps the files that were there.
 * @returns the kept files
 * @throws SERVICE_BACKUP_INCOMPLETE, SERVICE_DATABASE_DAMAGED, SERVICE_STATE_IN_USE
 */
export async function restoreState(stateDir: string, folder: string, now: Date): Promise<readonly string[]> {
  const copies = databases.filter((name) => existsSync(join(folder, name)))
  if (!copies.includes('store.sqlite')) throw backupIncomplete(folder)
  for (const name of copies) requireWhole(join(folder, name))
  openStateDir(stateDir)
  const held = databases.map((name) => holdUnlessDamaged(join(stateDir, name)))
  try {
    for (const name of copies)
      await placing(restoring(stateDir, name), (draft) => {
        copyFileSync(join(folder, name), draft)
      })
  } finally {
    // Also writes what is left in the write-ahead log into the file, and deletes the log.
    for (const database of held) database?.close()
  }
  // Also a queue that the backup lacks: its jobs may be unknown to the restored store.
  const kept = databases.flatMap((name) => putAside(join(stateDir, name), now))
  for (const name of copies) renameSync(restoring(stateDir, name), join(stateDir, name))
  return kept
}

function restoring(stateDir: string, name: string): string {
  return join(stateDir, `${name}.restoring`)
}

/** Excludes a running service. A damaged file cannot be held, and no service works on it. */
function holdUnlessDamaged(path: string): DatabaseSync | undefined {
  if (!existsSync(path)) return undefined
  try {
    return lockDatabase(path)
  } catch (error) {
    if (databaseDamaged.matches(error)) return undefined
    throw error
  }
}

/** @returns the new names of the file and its logs */
function putAside(path: string, now: Date): readonly string[] {
  const aside = `${path}.replaced-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
  return ['', '-wal', '-shm']
    .filter((suffix) => existsSync(path + suffix))
    .map((suffix) => {
      renameSync(path + suffix, aside + suffix)
      return aside + suffix
    })
}

/** @throws SERVICE_DATABASE_DAMAGED */
function requireWhole(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const [found] = namingFaults(database, path, () => database.prepare('PRAGMA quick_check(1)').all())
    if (found?.['quick_check'] === 'ok') return
    throw databaseDamaged(path, String(found?.['quick_check']), `Use another backup than ${basename(path)}.`)
  } finally {
    database.close()
  }
}
