import { mkdirSync, writeFileSync } from 'node:fs'
import mocha from 'mocha'

/** Mocha's own spec reporter, which also leaves its counts in coverage/mocha.json for `.ci/run` to print. */
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
      writeFileSync('coverage/mocha.json', JSON.stringify({ passes, failures, pending }))
    })
  }
}
