import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { programsDir, root } from './project.js'

/**
 * Runs a TypeScript file of this project under npm's Node 24, in the caller's folder.
 * @param {string} entry relative to the root of the project
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export function runNode24(entry, args) {
  return run(join(programsDir, 'node'), [join(root, entry), ...args], process.cwd(), {
    // Caches compiled code, which makes the next start a second faster.
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'lung-triage-compiled'),
    // One glibc arena for all threads: the default of eight per core wastes two hundred megabytes.
    MALLOC_ARENA_MAX: '1',
    // Huge pages (2 MB) for glibc's allocations, if the kernel permits: reduces page faults to two fifths.
    GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
    // A small young generation: with V8's default of 16 MB a service holds 40 MB more and is no faster.
    NODE_OPTIONS: '--max-semi-space-size=4',
  })
}

/**
 * Runs a script of package.json with Node 24 first on the PATH.
 * @param {string} script
 * @param {readonly string[]} [args] for the script
 * @returns {Promise<number>} its exit code
 */
export function runNpmScript(script, args = []) {
  return run('npm', ['run', '--silent', script, '--', ...args], root, {})
}

/**
 * Runs a program with our stdio, forwards signals to it and returns its exit code.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {Readonly<Record<string, string>>} defaults for variables that our environment does not set
 * @returns {Promise<number>}
 */
function run(program, args, cwd, defaults) {
  const environment = {
    ...defaults,
    ...process.env,
    PATH: `${programsDir}${delimiter}${process.env['PATH'] ?? ''}`,
    // Since 1.29, ONNX Runtime's Linux build sends telemetry to its maker unless this is set.
    ORT_DISABLE_TELEMETRY: '1',
  }
  const child = spawn(program, args, { cwd, stdio: 'inherit', env: environment })
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    // The terminal also sends Ctrl-C to the child; a second SIGINT would cut its clean-up short.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, passOn)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    // The shells' convention for a child killed by a signal: 128 plus the signal's number.
    child.once('exit', (code, signal) => {
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal])
    })
  })
}
