import { spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootstrapError, root, say } from './project.js'

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages by path
 */

/** Runs `npm ci` when what is installed is not what package-lock.json asks for. */
export function ensureNodeModules() {
  const reason = whyStale(root)
  if (reason === undefined) return
  say(`${reason}: running npm ci, which takes about a minute`)
  const { status, error } = spawnSync('npm', ['ci', '--include=dev', '--no-update-notifier'], {
    cwd: root,
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
  })
  if (error) throw new BootstrapError(`npm could not be started (${error.message}). Install npm and try again.`)
  if (status !== 0) {
    throw new BootstrapError(
      `npm ci failed with status ${String(status)}; what npm says above tells why. Run it again.`,
    )
  }
  const remaining = whyStale(root)
  if (remaining !== undefined)
    throw new BootstrapError(`npm ci ran and yet: ${remaining}. Delete node_modules, try again.`)
}

/**
 * Why `node_modules` must be installed anew, or undefined. npm itself notes what it installed in a hidden lock file, written last,
 * so an interrupted installation has none.
 * @param {string} projectDir
 * @returns {string | undefined}
 */
export function whyStale(projectDir) {
  const installed = readPackages(join(projectDir, 'node_modules', '.package-lock.json'))
  if (installed === undefined) return 'the npm packages are not installed'
  const wanted = readPackages(join(projectDir, 'package-lock.json'))
  if (wanted === undefined)
    throw new BootstrapError('package-lock.json cannot be read. Restore it from the repository.')
  const differing = firstDifference(wanted, installed)
  if (differing !== undefined) return `${differing} is not as package-lock.json has it`
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
 * Optional ones are left out on other platforms.
 * @param {LockedPackage | undefined} locked
 */
function isOptional(locked) {
  return locked?.optional === true || locked?.devOptional === true
}

/**
 * @param {string} lockFile
 * @returns {LockedPackages | undefined} undefined when there is no such file or it is broken
 */
function readPackages(lockFile) {
  try {
    /** @type {{ packages: LockedPackages }} */
    // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- npm writes this file; JavaScript has no other cast
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
