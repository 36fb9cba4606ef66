import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { openEngine } from '../../../src/classify/engines/open-engine.ts'
import { startOnnxRuntime } from '../../../src/classify/engines/onnx-runtime.ts'
import type { NetworkOutput } from '../../../src/classify/network-output.ts'
import { checkModelFolder } from '../../../src/model-folder.ts'
import { encodeNetwork } from '../../../src/training/export/network.ts'
import { readNetwork } from '../../../src/training/export/read-network.ts'
import { measureRanges } from '../../../src/training/quantization/measure-ranges.ts'
import { addQuantizedTrunk } from '../../../src/training/quantization/quantized-trunk.ts'
import type { QuantizationRecord } from '../../../src/training/quantization/quantize-model.ts'
import { seededRandom } from '../../../src/training/random.ts'
import { reducedNetwork, reducedSide, writeReducedModel } from '../../classify/engines/reduced-model.ts'
import { expectRejection } from '../../classify/expect-code.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { writeSyntheticChildren } from '../synthetic-children.ts'

const cli = ['src/cli.ts', 'train', 'quantize']

describe('a network in 8 bits', () => {
  const random = seededRandom(8)
  // From faint to strong, so that they get different answers.
  const inputs = Array.from({ length: 12 }, (_, index) =>
    Float32Array.from({ length: 3 * reducedSide ** 2 }, () => ((index % 4) + 1) * (60 * random() - 30)),
  )
  const logits = (outputs: readonly NetworkOutput[]) => outputs.map(({ pneumoniaLogit }) => pneumoniaLogit)

  it('answers nearly as its own in float32, to images from which no range was taken', async () => {
    const bytes = await reducedNetwork()
    const network = await readNetwork(bytes)
    const ranges = await measureRanges(network.trunk, inputs.slice(0, 8), reducedSide)
    const int8 = await encodeNetwork({ ...network, version: '0.0.1' }, (graph, trunk, image) =>
      addQuantizedTrunk(graph, trunk, image, ranges),
    )
    const [one, other] = [await startOnnxRuntime(bytes, 'cpu', 1), await startOnnxRuntime(int8, 'cpu', 1)]
    const [theirs, ours] = [await one.run(inputs.slice(8)), await other.run(inputs.slice(8))]
    const spread = Math.max(...logits(theirs)) - Math.min(...logits(theirs))
    for (const [index, output] of ours.entries()) {
      expect(output.pneumoniaLogit).to.be.closeTo(theirs[index]!.pneumoniaLogit, 0.05 * spread)
      expect(output.subtype.viral).to.be.closeTo(theirs[index]!.subtype.viral, 0.02)
      const mean = output.activationMap.reduce((sum, value) => sum + value, 0) / output.activationMap.length
      expect(mean).to.be.closeTo(output.pneumoniaLogit, 1e-4 * (1 + Math.abs(mean)))
    }
    // It is another network: numbers that were equal to the last digit would come from the same one.
    expect(logits(ours)).not.to.deep.equal(logits(theirs))
    // An image's answer does not hang on the others of its batch.
    const [alone] = await other.run([inputs[9]!])
    expect(alone!.pneumoniaLogit).to.be.closeTo(ours[1]!.pneumoniaLogit, 1e-4)
    await one.close()
    await other.close()
  })

  it('is not written where a layer was never looked at', async () => {
    const network = await readNetwork(await reducedNetwork())
    await expectRejection(
      encodeNetwork({ ...network, version: '0.0.1' }, (graph, trunk, image) =>
        addQuantizedTrunk(graph, trunk, image, new Map()),
      ),
      'TRAINING_RANGE_MISSING',
    )
  })
})

describe('readNetwork', () => {
  it('gives back what was written', async () => {
    const bytes = await reducedNetwork()
    const again = await encodeNetwork({ ...(await readNetwork(bytes)), version: '0.0.1' })
    expect(Buffer.compare(again, bytes)).to.equal(0)
  })

  it('refuses what is no such network', async () => {
    await expectRejection(readNetwork(new TextEncoder().encode('not a network')), 'TRAINING_NETWORK_UNFIT')
  })
})

describe('train quantize', function () {
  this.timeout(180_000)
  let dataDir: string
  let dir: string

  before(async () => {
    dataDir = await writeSyntheticChildren(shippedAtlas(), { train: 40, test: 0 })
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-quantize-'))
    await mkdir(join(dir, 'float32'))
    await writeReducedModel(join(dir, 'float32'))
  })

  after(async () => {
    await rm(dir, { recursive: true })
    await rm(dataDir, { recursive: true })
  })

  function quantize(model: string, out: string) {
    const args = [...cli, '--data', dataDir, '--model', model, '--out', out, '--version', '0.0.1', '--json']
    return promisify(execFile)(process.execPath, [...args, '--images', '12'], {
      env: { ...process.env, NODE_V8_COVERAGE: undefined, XDG_CACHE_HOME: join(dataDir, 'cache') },
    })
  }

  it('writes a model of its own that computes on the CPU, with the thresholds of the one it is made from', async () => {
    const out = join(dir, 'int8')
    const { stdout } = await quantize(join(dir, 'float32'), out)
    const record = JSON.parse(stdout) as QuantizationRecord
    expect(record).to.deep.include({ model: 'reduced-int8/0.0.1', quantizedFrom: 'reduced/0.0.1' })
    expect(record.images.ranges).to.equal(12)
    expect(record.images.validation).to.equal(record.validation.n).and.to.be.above(0)
    expect(record.validation.aucDifference).to.be.at.least(-0.001)
    expect(record.validation.probabilityDifference.max).to.be.below(0.05)

    const [before, after] = [await checkModelFolder(join(dir, 'float32')), await checkModelFolder(out)]
    const { labels, preprocessing, lungAtlas } = before.manifest
    expect(after.manifest).to.deep.include({ labels, preprocessing, lungAtlas, metrics: {} })
    expect(after.manifest.network.quantized).to.deep.equal({
      model: 'reduced/0.0.1',
      sha256: before.manifest.network.sha256,
    })
    expect(after.manifest.trainingData.at(-1)).to.include({ images: 12, use: 'ranges of the feature maps in 8 bits' })
    const engine = await openEngine({
      modelFile: after.networkFile,
      network: after.manifest.network,
      provider: 'tfjs',
    })
    expect(engine.info.provider).to.equal('cpu')
    expect(engine.info.passedOver[0]?.reason).to.contain('reduced/0.0.1 is the same in float32')
    await engine.close()
    const [large, small] = [await stat(before.networkFile), await stat(after.networkFile)]
    expect(small.size).to.be.below(large.size * 1.3)

    const again = await quantize(out, join(dir, 'twice')).catch((error: unknown) => error as { stderr: string })
    expect(again.stderr).to.contain('reduced-int8/0.0.1 is in 8 bits already')
  })

  it('finds the same network again', async () => {
    await quantize(join(dir, 'float32'), join(dir, 'again'))
    const [one, other] = await Promise.all(
      ['int8', 'again'].map((out) => readFile(join(dir, out, 'manifest.json'), 'utf8')),
    )
    expect(one).to.equal(other)
  })
})
