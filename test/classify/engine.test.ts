import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type EngineOptions, describeEngine } from '../../src/classify/engine.ts'
import { openEngine } from '../../src/classify/engines/open-engine.ts'
import { OnnxGraph } from '../../src/training/onnx/onnx-graph.ts'
import { expectRejection } from './expect-code.ts'

/** A network with the product's inputs and outputs whose arithmetic can be verified by hand. */
async function tinyNetwork(): Promise<Uint8Array> {
  const graph = new OnnxGraph('tiny')
  const image = graph.input('image', ['N', 3, 2, 2])
  graph.operator('ReduceMean', [image], 'activation_map', { axes: [1], keepdims: 0 })
  graph.output('activation_map', ['N', 2, 2])
  graph.operator('Flatten', [graph.operator('GlobalAveragePool', [image], 'pooled')], 'features', { axis: 1 })
  graph.output('features', ['N', 3])
  graph.operator('ReduceMean', ['features'], 'pneumonia_logit', { axes: [1], keepdims: 1 })
  graph.output('pneumonia_logit', ['N', 1])
  graph.operator('Softmax', ['features'], 'subtype_probabilities', { axis: 1 })
  graph.output('subtype_probabilities', ['N', 3])
  return graph.encode('0.0.1')
}

describe('engine', () => {
  let dir: string
  let options: EngineOptions

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-engine-'))
    const bytes = await tinyNetwork()
    const modelFile = join(dir, 'tiny.onnx')
    await writeFile(modelFile, bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    options = { modelFile, network: { sha256 }, provider: 'cpu', threads: 1 }
  })

  after(() => rm(dir, { recursive: true }))

  const input = (first: number) => Float32Array.from({ length: 12 }, (_, i) => (Math.floor(i / 4) === 0 ? first : 0))

  it('gives each image of a batch its own output', async () => {
    const engine = await openEngine(options)
    const [one, other] = await engine.run([input(3), input(6)])
    expect(one!.pneumoniaLogit).to.be.closeTo(1, 1e-6)
    expect(other!.pneumoniaLogit).to.be.closeTo(2, 1e-6)
    expect([...other!.features]).to.deep.equal([6, 0, 0])
    expect([...one!.activationMap]).to.deep.equal([1, 1, 1, 1])
    expect(one!.activationSide).to.equal(2)
    expect(one!.subtype.normal).to.be.closeTo(Math.exp(3) / (Math.exp(3) + 2), 1e-6)
    expect(await engine.run([])).to.deep.equal([])
    await engine.close()
  })

  it('reports the name, version and provider of the engine', async () => {
    const engine = await openEngine({ ...options, provider: 'cpu' })
    expect(engine.info.name).to.equal('onnxruntime')
    expect(engine.info.version).to.match(/^\d+\.\d+/)
    expect(engine.info.provider).to.equal('cpu')
    expect(engine.info.passedOver).to.deep.equal([])
    await engine.close()
  })

  it('falls back to the CPU and reports which provider could not start and why', async function () {
    // The installed package does not include TensorRT; if a site has added it, no fallback happens.
    const engine = await openEngine({ ...options, provider: 'tensorrt' })
    if (engine.info.provider === 'tensorrt') {
      await engine.close()
      this.skip()
    }
    expect(engine.info.provider).to.equal('cpu')
    const [passedOver, ...others] = engine.info.passedOver
    expect(others).to.have.length(0)
    expect(passedOver!.provider).to.equal('tensorrt')
    expect(passedOver!.reason).to.match(/\w+/).and.not.include('\n')
    expect(describeEngine(engine.info)).to.equal(
      `onnxruntime ${engine.info.version}, cpu (not tensorrt: ${passedOver!.reason})`,
    )
    const [output] = await engine.run([input(3)])
    expect(output!.pneumoniaLogit).to.be.closeTo(1, 1e-6)
    await engine.close()
  })

  it('lets "auto" use a provider that reproduces the results of the CPU, and reports others tried', async function () {
    this.timeout(60_000)
    const engine = await openEngine({ ...options, provider: 'auto' })
    if (engine.info.provider === 'cpu') expect(engine.info.passedOver).not.to.have.length(0)
    const [output] = await engine.run([input(3)])
    expect(output!.pneumoniaLogit).to.be.closeTo(1, 1e-3)
    await engine.close()
  })

  it('rejects a network file whose checksum differs', async () => {
    await expectRejection(
      openEngine({ ...options, network: { sha256: '0'.repeat(64) } }),
      'CLASSIFY_NETWORK_CHECKSUM_MISMATCH',
    )
  })

  it('rejects a file that is not a network and a missing file', async () => {
    const modelFile = join(dir, 'text.onnx')
    await writeFile(modelFile, 'not a network')
    const sha256 = createHash('sha256').update('not a network').digest('hex')
    await expectRejection(openEngine({ ...options, modelFile, network: { sha256 } }), 'CLASSIFY_NETWORK_UNREADABLE')
    await expectRejection(
      openEngine({ ...options, modelFile: join(dir, 'missing.onnx') }),
      'CLASSIFY_NETWORK_UNREADABLE',
    )
  })

  it('rejects an input of the wrong size', async () => {
    const engine = await openEngine(options)
    await expectRejection(engine.run([new Float32Array(11)]), 'CLASSIFY_INPUT_INVALID')
    await engine.close()
  })
})

describe('the description of an engine', () => {
  const cpu = { name: 'onnxruntime', version: '1.2.3', provider: 'cpu', passedOver: [] } as const

  it('names engine, version, provider and back end, and why others are not used', () => {
    expect(describeEngine(cpu)).to.equal('onnxruntime 1.2.3, cpu')
    expect(describeEngine({ ...cpu, name: 'tensorflow.js', provider: 'tfjs', backend: 'wasm' })).to.equal(
      'tensorflow.js 1.2.3, tfjs (wasm)',
    )
    const passedOver = [
      { provider: 'cuda', reason: 'no driver' },
      { provider: 'webgpu', reason: 'too slow' },
    ] as const
    expect(describeEngine({ ...cpu, passedOver })).to.equal(
      'onnxruntime 1.2.3, cpu (not cuda: no driver; webgpu: too slow)',
    )
  })
})
