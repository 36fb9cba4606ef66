import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'

const execute = promisify(execFile)

describe('lung-triage benchmark', function () {
  this.timeout(300_000)

  // Two training steps of ResNet-50 take most of the time.
  it('prints the speed of every step with --json', async () => {
    const { stdout } = await execute(process.execPath, ['src/cli.ts', 'benchmark', '--repeats', '1', '--json'])
    const result = JSON.parse(stdout) as Record<string, unknown>
    expect(result).to.include.all.keys('machine', 'engine', 'steps', 'analyze', 'studiesPerSecond', 'readyMs', 'rssMb')
    expect((result['training'] as { imagesPerSecond: number }).imagesPerSecond).to.be.above(0)
    expect(result['steps']).to.include.all.keys('decode', 'display', 'lungs', 'network', 'report', 'deliver')
    expect(result['decodeBySyntax']).to.have.length(7)
    expect(result['reportParts']).to.include.all.keys('structuredReport', 'picture', 'fhir')
  })
})
