import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// All files in this folder are plain JavaScript that runs on Node 20 without installed packages.

/** Root of the checkout, with symbolic links resolved: npx starts us through one. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Folder of the installed packages' programs, including Node 24. */
export const programsDir = join(root, 'node_modules', '.bin')

/**
 * Prints progress on stderr, because stdout belongs to the command that is being started.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`lung-triage: ${text}\n`)
}

/** An expected failure of the bootstrap; its message says what to do. */
export class BootstrapError extends Error {}

/**
 * package.json declares the oldest Node that runs this folder. Debian 12's own is 18.
 * @param {string} version
 */
function requireNode(version) {
  const [oldest] = /(?<=">=)\d+/.exec(readFileSync(join(root, 'package.json'), 'utf8')) ?? []
  if (Number.parseInt(version) >= Number(oldest)) return
  throw new BootstrapError(
    `Node ${version} is too old. Install Node ${oldest} or newer (Debian 13: apt install nodejs npm) and try again.`,
  )
}

/**
 * Runs a start-up and sets the exit code. An expected failure prints its message without a stack trace.
 * @param {() => Promise<number>} startUp returns the exit code
 */
export async function bootstrap(startUp) {
  try {
    requireNode(process.versions.node)
    process.exitCode = await startUp()
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error
    say(error.message)
    process.exitCode = 1
  }
}
