import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'

/** Makes the folder of the durable state, readable by its owner only: it holds results with patient data, and the token. */
export function openStateDir(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  // An existing folder keeps its mode in mkdir, and a umask may have widened or narrowed a new one's.
  chmodSync(path, 0o700)
}

/** Creates the file when it is missing and makes it readable by its owner only, before anything is written to it. */
export function restrictFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}
