import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
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

export function syncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
