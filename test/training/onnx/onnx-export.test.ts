import '../../../src/classify/without-telemetry.ts'
import { expect } from 'chai'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { foldBatchNorm } from '../../../src/training/onnx/fold-batch-norm.ts'
import type { KerasTensor } from '../../../src/training/onnx/keras-weights.ts'
import { encodeNetwork } from '../../../src/training/onnx/network.ts'
import { OnnxGraph } from '../../../src/training/onnx/onnx-graph.ts'
import { imageNetTrunk } from '../../../src/training/network/trunk-weights.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import { syntheticKerasWeights } from '../synthetic-weights.ts'

describe('ONNX export', () => {
  it('writes a network that gives the expected outputs in ONNX Runtime', async () => {
    const graph = new OnnxGraph('tiny')
    const x = graph.input('x', ['N', 2])
    const weights = graph.halfWeights('w', [2, 3], Float32Array.of(1, 2, 3, -1, 0.5, 0.25))
    const bias = graph.weights('b', [3], Float32Array.of(0, 0, -10))
    graph.operator('Relu', [graph.operator('Gemm', [x, weights, bias], 'sum')], 'y')
    graph.output('y', ['N', 3])
    const session = await InferenceSession.create(await graph.encode('1.2.3'))
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(2, 4, 1, -1), [2, 2]) })
    expect([...(y!.data as Float32Array)]).to.deep.equal([0, 6, 0, 2, 1.5, 0])
    expect(y!.dims).to.deep.equal([2, 3])
    await session.release()
  })

  it('folds batch normalisation into the preceding convolution', () => {
    const tensor = (shape: number[], ...values: number[]): KerasTensor => ({ shape, values: Float32Array.from(values) })
    // One 1x1 convolution, two channels in, one out.
    const folded = foldBatchNorm(
      new Map([
        ['c/kernel', tensor([1, 1, 2, 1], 3, -2)],
        ['c/bias', tensor([1], 0.5)],
        ['b/gamma', tensor([1], 2)],
        ['b/beta', tensor([1], 7)],
        ['b/moving_mean', tensor([1], 1.5)],
        ['b/moving_variance', tensor([1], 4 - 1e-3)],
      ]),
      'c',
      'b',
    )
    // gamma / sqrt(variance + epsilon) = 1
    expect([...folded.kernel]).to.deep.equal([3, -2])
    expect(folded.bias[0]!).to.be.closeTo(7 + 0.5 - 1.5, 1e-5)
  })

  it('reorders kernels from height, width, in, out to out, in, height, width', () => {
    const values = Float32Array.from({ length: 2 * 2 * 2 * 2 }, (_, index) => index)
    const ones = { shape: [2], values: Float32Array.of(1, 1) }
    const zeros = { shape: [2], values: new Float32Array(2) }
    const { kernel } = foldBatchNorm(
      new Map<string, KerasTensor>([
        ['c/kernel', { shape: [2, 2, 2, 2], values }],
        ['c/bias', zeros],
        ['b/gamma', ones],
        ['b/beta', zeros],
        ['b/moving_mean', zeros],
        ['b/moving_variance', { shape: [2], values: Float32Array.of(1 - 1e-3, 1 - 1e-3) }],
      ]),
      'c',
      'b',
    )
    expect([...kernel].map(Math.round)).to.deep.equal([0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15])
  })

  it('encodes a network whose activation map averages to its logit', async function () {
    this.timeout(120_000)
    const random = seededRandom(6)
    const layer = (inputs: number, outputs: number) => ({
      inputs,
      outputs,
      weights: Float32Array.from({ length: inputs * outputs }, () => 0.1 * (random() - 0.5)),
      bias: Float32Array.from({ length: outputs }, () => random() - 0.5),
    })
    const pneumonia = layer(2048, 1)
    const subtype = [layer(2048, 8), layer(8, 4), layer(4, 3)] as const
    const bytes = await encodeNetwork({
      trunk: imageNetTrunk(syntheticKerasWeights(8)),
      heads: { pneumonia, subtype },
      version: '0.0.1',
      side: 224,
    })
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 })
    const image = new Tensor(
      'float32',
      Float32Array.from({ length: 2 * 3 * 224 * 224 }, () => 255 * random() - 128),
      [2, 3, 224, 224],
    )
    const outputs = await session.run({ image })
    const values = (name: string) => outputs[name]!.data as Float32Array
    expect(outputs['activation_map']!.dims).to.deep.equal([2, 7, 7])
    for (const item of [0, 1]) {
      const map = values('activation_map').slice(49 * item, 49 * (item + 1))
      const features = values('features').slice(2048 * item, 2048 * (item + 1))
      const logit = values('pneumonia_logit')[item]!
      const dense = features.reduce((sum, value, index) => sum + value * pneumonia.weights[index]!, pneumonia.bias[0]!)
      expect(map.reduce((sum, value) => sum + value, 0) / 49).to.be.closeTo(logit, 1e-3 * (1 + Math.abs(logit)))
      expect(dense).to.be.closeTo(logit, 1e-3 * (1 + Math.abs(logit)))
      const shares = values('subtype_probabilities').slice(3 * item, 3 * (item + 1))
      expect(shares.reduce((sum, value) => sum + value, 0)).to.be.closeTo(1, 1e-5)
    }
    await session.release()
  })
})
