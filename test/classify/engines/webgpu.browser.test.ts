import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { softwareDriver, withSoftwareDriver } from '../../servers/vulkan-driver.ts'
import { expectSameNumbers, withProviderBench } from './analyze-by-provider.ts'

describe('analyze --provider', function () {
  // The software driver compiles shaders twice, each for about ten seconds of one core.
  this.timeout(600_000)
  const bench = withProviderBench()

  it("webgpu: gives the CPU's probabilities, on a software driver", async function () {
    if (!existsSync(softwareDriver)) {
      process.stderr.write(
        `SKIPPED: WebGPU was not tested, because ${softwareDriver} (Debian's chromium) is not installed.\n`,
      )
      this.skip()
    }
    const finding = await bench().analyze('webgpu', withSoftwareDriver)
    expect(finding.stderr, 'what computed').not.to.include('Computed by')
    expectSameNumbers(finding, bench().cpu)
  })
})
