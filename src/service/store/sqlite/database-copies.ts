import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { stateNotCopied } from '../errors.ts'
import { restrictFile } from '../state-dir.ts'

/**
 * Copies a database into its own folder before a migration or rollback. VACUUM INTO includes the content of the WAL.
 * @returns path of the copy
 * @throws SERVICE_STATE_NOT_COPIED
 */
export function keepCopy(database: DatabaseSync, path: string, schema: number): string {
  const copy = `${path}.schema-${schema}`
  const draft = `${copy}.partial`
  try {
    rmSync(draft, { force: true })
    // VACUUM INTO accepts an empty file, so only the owner can read the copy from its first byte on.
    restrictFile(draft)
    database.prepare('VACUUM INTO ?').run(draft)
    syncFile(draft)
    renameSync(draft, copy)
  } catch (error) {
    rmSync(draft, { force: true })
    throw stateNotCopied(path, error instanceof Error ? error.message : String(error))
  }
  return copy
}

/** Deletes older copies, because they hold patient data and have the same retention period as the database. */
export function removeCopies(path: string, before: Date): void {
  const dir = dirname(path)
  for (const name of readdirSync(dir)) {
    if (!name.startsWith(`${basename(path)}.schema-`)) continue
    const copy = join(dir, name)
    if (statSync(copy).mtime < before) rmSync(copy)
  }
}

export function syncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
