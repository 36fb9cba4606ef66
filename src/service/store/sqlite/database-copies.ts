import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { stateNotCopied } from '../errors.ts'
import { restrictFile } from '../state-dir.ts'

/**
 * Keeps a copy of a database beside it before its schema is changed. VACUUM INTO writes it whole, what lies in the WAL included.
 * @returns where it lies
 * @throws SERVICE_STATE_NOT_COPIED
 */
export function keepCopy(database: DatabaseSync, path: string, schema: number): string {
  const copy = `${path}.schema-${schema}`
  const draft = `${copy}.partial`
  try {
    rmSync(draft, { force: true })
    // Empty, it is written into as it is, and its owner alone can read it from the first byte.
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

/** Copies hold patient data as long as what they were made of may, and no longer. */
export function removeCopies(path: string, before: Date): void {
  const dir = dirname(path)
  for (const name of readdirSync(dir)) {
    if (!name.startsWith(`${basename(path)}.schema-`)) continue
    const copy = join(dir, name)
    if (statSync(copy).mtime < before) rmSync(copy)
  }
}

function syncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
