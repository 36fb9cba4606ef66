import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where what can be fetched or computed again is kept between runs (XDG Base Directory Specification: empty is as good as not set). */
export function userCacheDir(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lung-triage')
}
