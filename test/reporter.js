import { mkdirSync, writeFileSync } from 'node:fs'
import mocha from 'mocha'

/** Where a run leaves its counts; a further run of the same check names a file of its own. */
const countsFile = process.env['MOCHA_COUNTS'] ?? 'coverage/mocha.json'

/** Mocha's own spec reporter, which also leaves its counts in a file for `.ci/run` to add up. */
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
