import { homedir } from 'node:os'
import { join } from 'node:path'

/** Folder for data that can be recreated (XDG Base Directory Specification: an empty variable counts as unset). */
export function userCacheDir(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lung-triage')
}
