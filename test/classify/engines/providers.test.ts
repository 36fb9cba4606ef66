import { join } from 'node:path'
import { expect } from 'chai'
import { expectSameNumbers, withProviderBench } from './analyze-by-provider.ts'

describe('analyze --provider', function () {
  this.timeout(120_000)
  const bench = withProviderBench()

  it('webgpu: falls back to the CPU and prints the reason if it cannot start', async () => {
    const noDriver = join(bench().folder, 'no-driver.json')
    const finding = await bench().analyze('webgpu', { VK_ICD_FILENAMES: noDriver, VK_DRIVER_FILES: noDriver })
    expect(finding.stderr).to.match(/Computed by onnxruntime \S+, cpu \(not webgpu: .*adapter/)
    expect(finding.probabilities.pneumonia).to.equal(bench().cpu.probabilities.pneumonia)
  })

  it("tfjs: gives the CPU's probabilities", async () => {
    const finding = await bench().analyze('tfjs')
    expect(finding.stderr, 'what computed').not.to.include('Computed by')
    expectSameNumbers(finding, bench().cpu)
  })
})
