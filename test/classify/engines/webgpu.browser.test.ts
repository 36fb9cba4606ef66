import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { softwareDriver, withSoftwareDriver } from '../../servers/vulkan-driver.ts'
import { expectSameNumbers, withProviderBench } from './analyze-by-provider.ts'

describe('analyze --provider', function () {
  // The software driver compiles shaders for some ten seconds of a core, twice.
  this.timeout(600_000)
  const bench = withProviderBench()

  it("webgpu: gives the CPU's probabilities, on a software driver", async function () {
    if (!existsSync(softwareDriver)) {
      process.stderr.write(`SKIPPED: WebGPU was not tested, as ${softwareDriver} (Debian's chromium) is not here.\n`)
      this.skip()
    }
    const finding = await bench().analyze('webgpu', withSoftwareDriver)
    expect(finding.stderr, 'what computed').not.to.include('Computed by')
    expectSameNumbers(finding, bench().cpu)
  })
})
