import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'

/** Creates the state folder. Only its owner can read it, because it holds patient data and the token. */
export function openStateDir(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  // mkdir keeps the mode of an existing folder, and the umask may change the mode of a new one.
  chmodSync(path, 0o700)
}

/** Creates the file if it is missing, and makes it readable only by its owner before anything is written to it. */
export function restrictFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}
