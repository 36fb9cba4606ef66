import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import type { Engine } from '../../../src/classify/engine.ts'
import { startOnnxRuntime } from '../../../src/classify/engines/onnx-runtime.ts'
import { startTensorFlow } from '../../../src/classify/engines/tensorflow-js.ts'
import { loadModelFolder, modelDir } from '../../../src/analyse/model-folder.ts'
import { OnnxGraph } from '../../../src/training/onnx/onnx-graph.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import { expectRejection } from '../expect-code.ts'
import { reducedNetwork } from './reduced-model.ts'

async function withBoth(bytes: Uint8Array, test: (tensorFlow: Engine, onnxRuntime: Engine) => Promise<void>) {
  const engines = [await startTensorFlow(bytes), await startOnnxRuntime(bytes, 'cpu', 1)] as const
  try {
    await test(...engines)
  } finally {
    for (const engine of engines) await engine.close()
  }
}

/** Expects every value of every output to equal ONNX Runtime's within the relative `tolerance`. */
async function expectParity(bytes: Uint8Array, images: number, tolerance: number): Promise<void> {
  await withBoth(bytes, async (tensorFlow, onnxRuntime) => {
    expect(tensorFlow.inputLength).to.equal(onnxRuntime.inputLength)
    const random = seededRandom(5)
    const inputs = Array.from({ length: images }, () =>
      Float32Array.from({ length: onnxRuntime.inputLength }, () => 255 * random() - 120),
    )
    const expected = await onnxRuntime.run(inputs)
    const actual = await tensorFlow.run(inputs)
    expect(actual).to.have.length(images)
    const close = (value: number, other: number, name: string) => {
      expect(value, name).to.be.closeTo(other, tolerance * (1 + Math.abs(other)))
    }
    for (const [index, output] of actual.entries()) {
      const other = expected[index]!
      close(output.pneumoniaLogit, other.pneumoniaLogit, 'logit')
      for (const kind of ['normal', 'viral', 'bacterial'] as const)
        close(output.subtype[kind], other.subtype[kind], kind)
      expect(output.activationSide).to.equal(other.activationSide)
      for (const name of ['activationMap', 'features'] as const) {
        expect(output[name]).to.have.length(other[name].length)
        for (const [place, value] of output[name].entries()) close(value, other[name][place]!, `${name} ${place}`)
      }
    }
  })
}

describe('TensorFlow.js engine', function () {
  this.timeout(120_000)

  it('reports the back end, and returns nothing for an empty batch', async () => {
    const engine = await startTensorFlow(await reducedNetwork())
    expect(engine.info).to.include({ name: 'tensorflow.js', provider: 'tfjs' })
    expect(engine.info.version).to.match(/^\d+\.\d+/)
    expect(engine.info.backend).to.be.oneOf(['wasm', 'tensorflow'])
    expect(await engine.run([])).to.deep.equal([])
    await expectRejection(engine.run([new Float32Array(3)]), 'CLASSIFY_INPUT_INVALID')
    await engine.close()
  })

  it('equals ONNX Runtime in every output of a reduced network, in batches too', async () => {
    await expectParity(await reducedNetwork(), 3, 1e-4)
  })

  it('equals ONNX Runtime on the released network', async () => {
    const { networkFile } = await loadModelFolder(modelDir('pneumonia/1.0.1'))
    await expectParity(await readFile(networkFile), 1, 1e-3)
  })

  it('does not leak tensors between runs', async () => {
    const tf = await import('@tensorflow/tfjs-core')
    const engine = await startTensorFlow(await reducedNetwork())
    const input = new Float32Array(engine.inputLength)
    await engine.run([input])
    const { numTensors } = tf.memory()
    await engine.run([input, input])
    expect(tf.memory().numTensors).to.equal(numTensors)
    await engine.close()
  })

  it('rejects unsupported operators and attributes by name', async () => {
    const unknown = new OnnxGraph('unknown')
    unknown.operator('Erf', [unknown.input('image', ['N', 3, 2, 2])], 'features')
    const dilated = new OnnxGraph('dilated')
    const kernel = dilated.weights('kernel', [1, 3, 1, 1], new Float32Array(3))
    dilated.operator('Conv', [dilated.input('image', ['N', 3, 2, 2]), kernel], 'features', { dilations: [2, 2] })
    const failure = (promise: Promise<unknown>) => promise.then(String, String)
    expect(await failure(startTensorFlow(await unknown.encode('0')))).to.include('does not support the operator Erf')
    const engine = await startTensorFlow(await dilated.encode('0'))
    expect(await failure(engine.run([new Float32Array(12)]))).to.include('Conv with dilations 2, 2')
    await engine.close()
  })
})
