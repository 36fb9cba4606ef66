import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { benchmarkImage } from '../../../src/benchmark/image.ts'
import { loadModelFolder } from '../../../src/analyse/model-folder.ts'
import { writeReducedModel } from './reduced-model.ts'

/** Chromium brings a Vulkan loader and SwiftShader, a Vulkan driver in software, on which WebGPU computes without any graphics processor. */
const chromium = '/usr/lib/chromium'
const softwareDriver = join(chromium, 'vk_swiftshader_icd.json')
const withSoftwareDriver = { LD_LIBRARY_PATH: chromium, VK_ICD_FILENAMES: softwareDriver }

describe('analyze --provider', function () {
  // The software driver compiles shaders for some ten seconds of a core, twice.
  this.timeout(600_000)
  let folder: string
  let cpu: Finding

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lung-triage-providers-'))
    await writeReducedModel(folder)
    const { atlas } = await loadModelFolder(folder)
    await writeFile(join(folder, 'child.dcm'), await benchmarkImage(atlas, 400))
    cpu = await analyze('cpu', {})
  })

  after(() => rm(folder, { recursive: true }))

  interface Finding {
    readonly probabilities: Readonly<Record<'pneumonia' | 'normal' | 'bacterial' | 'viral', number>>
    readonly stderr: string
  }

  function analyze(provider: string, environment: NodeJS.ProcessEnv): Promise<Finding> {
    const args = ['src/cli.ts', 'analyze', join(folder, 'child.dcm'), '--out', join(folder, 'out', provider)]
    const env = { ...process.env, ...environment }
    return new Promise((resolve, reject) => {
      execFile(
        process.execPath,
        [...args, '--model', folder, '--provider', provider, '--json'],
        { encoding: 'utf8', env },
        (error, stdout, stderr) => {
          if (error !== null) reject(new Error(stderr, { cause: error }))
          else resolve({ probabilities: JSON.parse(stdout) as Finding['probabilities'], stderr })
        },
      )
    })
  }

  function expectTheCpusNumbers({ probabilities }: Finding): void {
    for (const name of ['pneumonia', 'normal', 'bacterial', 'viral'] as const) {
      expect(probabilities[name], name).to.be.closeTo(cpu.probabilities[name], 1e-3)
    }
  }

  it("webgpu: gives the CPU's probabilities, on a software driver", async function () {
    if (!existsSync(softwareDriver)) {
      process.stderr.write(`SKIPPED: WebGPU was not tested, as ${softwareDriver} (Debian's chromium) is not here.\n`)
      this.skip()
    }
    const finding = await analyze('webgpu', withSoftwareDriver)
    expect(finding.stderr, 'what computed').not.to.include('Computed by')
    expectTheCpusNumbers(finding)
  })

  it('webgpu: tells who asked for it where it cannot start, with the reason, and the CPU computes', async () => {
    const noDriver = join(folder, 'no-driver.json')
    const finding = await analyze('webgpu', { VK_ICD_FILENAMES: noDriver, VK_DRIVER_FILES: noDriver })
    expect(finding.stderr).to.match(/Computed by onnxruntime \S+, cpu \(not webgpu: .*adapter/)
    expect(finding.probabilities.pneumonia).to.equal(cpu.probabilities.pneumonia)
  })

  it("tfjs: gives the CPU's probabilities", async () => {
    const finding = await analyze('tfjs', {})
    expect(finding.stderr, 'what computed').not.to.include('Computed by')
    expectTheCpusNumbers(finding)
  })
})
