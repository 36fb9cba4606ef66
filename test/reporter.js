import { mkdirSync, writeFileSync } from 'node:fs'
import mocha from 'mocha'

/** File of the counts; each run of a check needs its own. */
const countsFile = process.env['MOCHA_COUNTS'] ?? 'coverage/mocha.json'

/** Mocha's spec reporter, which also writes its counts to a file for `.ci/run`. */
export default class CountingSpec extends mocha.reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {import('mocha').MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options)
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {}
      mkdirSync('coverage', { recursive: true })
      writeFileSync(countsFile, JSON.stringify({ passes, failures, pending }))
    })
  }
}
