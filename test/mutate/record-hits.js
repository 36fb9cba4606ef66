import { appendFileSync } from 'node:fs'

// Loaded first by every process and worker thread of a test file in the dry run. Writes each mutant that is reached to
// a file at once: a worker thread that is terminated, or a child process that is killed, has no moment for it later.

const file = /** @type {string} */ (process.env['MUTATE_HITS'])

/**
 * Only the first hit of a mutant comes here. Then the object itself has its count, and counting is quick.
 * @param {object} _target
 * @param {string | symbol} mutant
 * @param {unknown} count
 * @param {object} counts
 */
function firstHit(_target, mutant, count, counts) {
  appendFileSync(file, `${String(mutant)}\n`)
  return Reflect.defineProperty(counts, mutant, { value: count, writable: true })
}

/** @type {unknown} */
const counts = Object.create(new Proxy({}, { set: firstHit }))

// Stryker's instrumented code counts in this object. See instrumentationBabelHeader in @stryker-mutator/instrumenter.
Object.assign(globalThis, { __stryker__: { mutantCoverage: { static: counts, perTest: {} } } })
