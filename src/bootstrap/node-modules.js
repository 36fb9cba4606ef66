import { spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootstrapError, root, say } from './project.js'

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages by path
 */

/** Runs `npm ci` if the installed packages differ from package-lock.json. */
export function ensureNodeModules() {
  const reason = whyStale(root)
  if (reason === undefined) return
  say(`${reason}. Running npm ci, which takes about a minute.`)
  // Some packages require Node 22, and npm may run on Node 20. Their code runs on the project's Node 24, so npm's
  // warnings about engines say nothing.
  const { status, error } = spawnSync('npm', ['ci', '--include=dev', '--no-update-notifier', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
  })
  if (error) throw new BootstrapError(`Cannot start npm (${error.message}). Install npm and try again.`)
  if (status !== 0) {
    throw new BootstrapError(`npm ci failed (status ${String(status)}). See its messages above, then try again.`)
  }
  const remaining = whyStale(root)
  if (remaining !== undefined)
    throw new BootstrapError(`npm ci finished, but ${remaining}. Delete node_modules and try again.`)
}

/**
 * The reason to install `node_modules` again, or undefined. npm writes the hidden lock file of the installed packages
 * last, so an interrupted installation has none.
 * @param {string} projectDir
 * @returns {string | undefined}
 */
export function whyStale(projectDir) {
  const installed = readPackages(join(projectDir, 'node_modules', '.package-lock.json'))
  if (installed === undefined) return 'the npm packages are not installed'
  const wanted = readPackages(join(projectDir, 'package-lock.json'))
  if (wanted === undefined) throw new BootstrapError('Cannot read package-lock.json. Restore it from the repository.')
  const differing = firstDifference(wanted, installed)
  if (differing !== undefined) return `${differing} differs from package-lock.json`
  if (!isExecutable(join(projectDir, 'node_modules', '.bin', 'node'))) return "npm's Node 24 is missing"
  return undefined
}

/**
 * @param {LockedPackages} wanted
 * @param {LockedPackages} installed
 */
function firstDifference(wanted, installed) {
  const missing = Object.keys(wanted).find((path) => path !== '' && !isOptional(wanted[path]) && !installed[path])
  if (missing !== undefined) return missing
  return Object.keys(installed).find(
    (path) =>
      wanted[path]?.version !== installed[path]?.version || wanted[path]?.integrity !== installed[path]?.integrity,
  )
}

/**
 * npm omits optional packages of other platforms.
 * @param {LockedPackage | undefined} locked
 */
function isOptional(locked) {
  return locked?.optional === true || locked?.devOptional === true
}

/**
 * @param {string} lockFile
 * @returns {LockedPackages | undefined} undefined if the file is missing or damaged
 */
function readPackages(lockFile) {
  try {
    /** @type {{ packages: LockedPackages }} */
    // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- written by npm; JavaScript has no cast
    const { packages } = JSON.parse(readFileSync(lockFile, 'utf8'))
    return packages
  } catch {
    return undefined
  }
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
