import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

// Runs the tests that use Orthanc, all or those in the given folders, with the `Orthanc` that is first on the PATH.

/** Modules that start an Orthanc. A test that imports one, directly or through files in `test/`, uses Orthanc. */
const orthancStarters = new Set([
  'test/servers/orthanc.ts',
  'test/servers/plugin-orthanc.ts',
  'src/demo/orthanc-process.ts',
])

/** The files in `test/` and the starters that a file imports. */
function importsOf(file: string): string[] {
  const specifiers = readFileSync(file, 'utf8').matchAll(/^(?:import|export|}).* from '(\.[^']+\.ts)'/gm)
  return [...specifiers]
    .map(([, specifier]) => normalize(join(dirname(file), specifier!)))
    .filter((path) => path.startsWith('test/') || orthancStarters.has(path))
}

function reachesOrthanc(file: string, seen = new Set<string>()): boolean {
  if (orthancStarters.has(file)) return true
  if (seen.has(file)) return false
  seen.add(file)
  return importsOf(file).some((imported) => reachesOrthanc(imported, seen))
}

/** @param folders for example `test/intake`; all if empty */
export function orthancTests(folders: readonly string[] = []): string[] {
  return globSync('test/**/*.test.ts')
    .filter((file) => folders.length === 0 || folders.some((folder) => file.startsWith(folder)))
    .filter((file) => reachesOrthanc(file))
    .sort()
}

if (import.meta.main) {
  const files = orthancTests(process.argv.slice(2))
  const env = { ...process.env, MOCHA_COUNTS: 'coverage/mocha-orthanc.json' }
  const { status } = spawnSync('mocha', files, { stdio: 'inherit', env })
  process.exitCode = status ?? 1
}
