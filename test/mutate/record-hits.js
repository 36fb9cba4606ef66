import { appendFileSync } from 'node:fs'

// Loaded first by every process and worker thread of a test file in the dry run. Writes each mutant that is reached to
// a file at once: a worker thread that is terminated, or a child process that is killed, has no moment for it later.

const file = /** @type {string} */ (process.env['MUTATE_HITS'])

/** @type {Record<string, number>} */
const hits = {}

/** @param {string} mutant */
function record(mutant) {
  if (mutant in hits) return
  hits[mutant] = 1
  appendFileSync(file, `${mutant}\n`)
}

const counted = new Proxy(hits, {
  set(_target, mutant) {
    record(String(mutant))
    return true
  },
})

// Stryker's instrumented code counts in this object. See instrumentationBabelHeader in @stryker-mutator/instrumenter.
Object.assign(globalThis, { __stryker__: { mutantCoverage: { static: counted, perTest: {} } } })
