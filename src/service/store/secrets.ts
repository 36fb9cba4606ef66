import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokenUnreadable } from './errors.ts'
import { restrictFile } from './state-dir.ts'

const shortestSecret = 16

/** The token of pages and APIs: from the settings, else generated once and stored in the state folder. */
export function resolveToken(fromSettings: string | undefined, stateDir: string): string {
  return fromSettings ?? keptSecret(join(stateDir, 'token'))
}

/** The salt of study keys in the logs. It is stored, so that a study has the same key after a restart. */
export function resolveLogSalt(stateDir: string): string {
  return keptSecret(join(stateDir, 'log-salt'))
}

/** Identifies this state folder. A copy has a different id, because its file has a different inode. */
export function stateId(stateDir: string): string {
  const path = join(stateDir, 'state-id')
  const kept = keptSecret(path)
  return `${kept}.${statSync(path).ino}`
}

/**
 * Reads a secret from a file that only its owner can read. Generates it on first use.
 * @throws SERVICE_TOKEN_UNREADABLE
 */
function keptSecret(path: string): string {
  try {
    // Linking is atomic, so neither a power cut nor a second process leaves an incomplete secret.
    const draft = `${path}.${randomBytes(6).toString('hex')}`
    writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true })
    try {
      linkSync(draft, path)
    } finally {
      unlinkSync(draft)
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  restrictFile(path)
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < shortestSecret) throw tokenUnreadable(path)
  return secret
}
