import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { openEngine } from '../../../src/classify/engines/open-engine.ts'
import { checkModelFolder } from '../../../src/analyse/model-folder.ts'
import type { QuantizationRecord } from '../../../src/training/quantization/quantize-model.ts'
import { writeReducedModel } from '../../classify/engines/reduced-model.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { writeSyntheticChildren } from '../synthetic-children.ts'

const cli = ['src/cli.ts', 'train', 'quantize']

describe('train quantize', function () {
  this.timeout(180_000)
  let dataDir: string
  let dir: string
  let float32: string

  before(async () => {
    dataDir = await writeSyntheticChildren(shippedAtlas(), { train: 40, test: 0 })
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-quantize-'))
    float32 = join(dir, 'float32')
    await mkdir(float32)
    await writeReducedModel(float32)
  })

  after(async () => {
    await rm(dir, { recursive: true })
    await rm(dataDir, { recursive: true })
  })

  async function quantize(model: string, out: string, ...more: string[]) {
    const args = [...cli, '--data', dataDir, '--model', model, '--out', out, '--version', '0.0.1', '--json']
    const { stdout } = await promisify(execFile)(process.execPath, [...args, '--images', '12', ...more], {
      env: { ...process.env, NODE_V8_COVERAGE: undefined, XDG_CACHE_HOME: join(dataDir, 'cache') },
    })
    return JSON.parse(stdout) as QuantizationRecord
  }

  const refusal = (...args: Parameters<typeof quantize>): Promise<string> =>
    quantize(...args).then(
      () => 'none',
      (error: unknown) => (error as { stderr: string }).stderr,
    )

  it('writes a separate 8-bit model that runs on the CPU with the thresholds of the float32 model', async () => {
    const out = join(dir, 'int8')
    const record = await quantize(float32, out)
    expect(record).to.deep.include({ model: 'reduced-int8/0.0.1', quantizedFrom: 'reduced/0.0.1' })
    expect(record.images.ranges).to.equal(12)
    expect(record.images.validation).to.equal(record.validation.n).and.to.be.above(0)
    expect(record.validation.aucDifference).to.be.at.least(-0.001)
    expect(record.validation.probabilityDifferences.pneumonia.max).to.be.within(1e-12, 0.05)

    const [before, after] = [await checkModelFolder(float32), await checkModelFolder(out)]
    const { labels, preprocessing, lungAtlas } = before.manifest
    expect(after.manifest).to.deep.include({ labels, preprocessing, lungAtlas, metrics: {} })
    const { sha256 } = before.manifest.network
    expect(after.manifest.network.quantized).to.deep.equal({ model: 'reduced/0.0.1', sha256 })
    expect(after.manifest.trainingData.at(-1)).to.include({ images: 12, use: 'value ranges of 8-bit feature maps' })
    const engine = await openEngine({
      modelFile: after.networkFile,
      network: after.manifest.network,
      provider: 'tfjs',
    })
    expect(engine.info.provider).to.equal('cpu')
    expect(engine.info.passedOver[0]?.reason).to.contain('reduced/0.0.1 is the same model in float32')
    await engine.close()
    expect(await readdir(out)).to.have.members(['manifest.json', 'network.onnx'])
    expect(await refusal(out, join(dir, 'twice'))).to.contain('reduced-int8/0.0.1 is already an 8-bit model')
  })

  it('writes the same manifest, with the same network checksum, each time', async () => {
    const outs = [join(dir, 'one'), join(dir, 'other')]
    for (const out of outs) await quantize(float32, out)
    const [one, other] = await Promise.all(outs.map((out) => readFile(join(out, 'manifest.json'), 'utf8')))
    expect(one).to.equal(other)
  })

  it('does not overwrite an existing model', async () => {
    const files = () => Promise.all(['manifest.json', 'network.onnx'].map((name) => readFile(join(float32, name))))
    const before = await files()
    expect(await refusal(float32, float32)).to.contain('already holds a model')
    expect(await files()).to.deep.equal(before)
  })

  it('rejects an invalid --version and a number of --images out of range', async () => {
    expect(await refusal(float32, join(dir, 'x'), '--version', '1.0')).to.contain('must be a version like 1.0.0')
    for (const images of ['0', '39'])
      expect(await refusal(float32, join(dir, 'x'), '--images', images)).to.match(/Choose --images from 1 to 1\d\./)
  })
})
