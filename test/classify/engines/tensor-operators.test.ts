import { expect } from 'chai'
import type { Engine } from '../../../src/classify/engine.ts'
import { startOnnxRuntime } from '../../../src/classify/engines/onnx-runtime.ts'
import { startTensorFlow } from '../../../src/classify/engines/tensorflow-js.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import { type Attribute, OnnxGraph } from '../../../src/training/onnx/onnx-graph.ts'

const side = 6
const random = seededRandom(3)
const randomValues = (length: number) => Float32Array.from({ length }, () => random() - 0.5)

interface Operation {
  readonly opType: string
  readonly attributes?: Readonly<Record<string, Attribute>>
  /** Shapes of the weights, by their order. */
  readonly weights?: readonly (readonly number[])[]
  /** What the operator reads. */
  readonly input?: 'image' | 'pooled'
  /** What is added to the output, which shows its shape. */
  readonly added?: 'image' | 'pooled'
}

/** A network whose features are the output of one operator, flattened. */
function networkOf({ opType, attributes = {}, weights = [], input = 'image', added }: Operation): Promise<Uint8Array> {
  const graph = new OnnxGraph('one operator')
  const image = graph.input('image', ['N', 3, side, side])
  graph.operator('ReduceMean', [image], 'activation_map', { axes: [1], keepdims: 0 })
  const pooled = graph.operator('Flatten', [graph.operator('GlobalAveragePool', [image], 'means')], 'pooled', {
    axis: 1,
  })
  graph.operator('ReduceMean', [pooled], 'pneumonia_logit', { axes: [1], keepdims: 1 })
  graph.operator('Softmax', [pooled], 'subtype_probabilities', { axis: 1 })
  const names = weights.map((shape, index) =>
    graph.weights(`weights${index}`, shape, randomValues(shape.reduce((product, size) => product * size, 1))),
  )
  const computed = graph.operator(opType, [input === 'image' ? image : pooled, ...names], 'computed', attributes)
  const shown = added === undefined ? computed : graph.operator('Add', [computed, added], 'sum')
  graph.operator('Flatten', [shown], 'features', { axis: 1 })
  graph.output('activation_map', ['N', side, side])
  graph.output('pneumonia_logit', ['N', 1])
  graph.output('subtype_probabilities', ['N', 3])
  graph.output('features', ['N', 'features'])
  return graph.encode('0.0.1')
}

async function featuresBy(
  start: (bytes: Uint8Array) => Promise<Engine>,
  bytes: Uint8Array,
): Promise<readonly number[]> {
  const engine = await start(bytes)
  const images = [0, 1].map((image) =>
    Float32Array.from({ length: 3 * side * side }, (_, i) => Math.sin(i * (image + 2))),
  )
  try {
    return (await engine.run(images)).flatMap(({ features }) => [...features])
  } finally {
    await engine.close()
  }
}

const byOnnxRuntime = (bytes: Uint8Array) => startOnnxRuntime(bytes, 'cpu', 1)

const kernel = [4, 3, 3, 2] as const
const square = { kernel_shape: [2, 2] } as const

describe('an ONNX operator in TensorFlow.js', function () {
  this.timeout(60_000)

  for (const [name, operation] of Object.entries<Operation>({
    'Conv without bias': { opType: 'Conv', weights: [kernel] },
    'Conv with bias': { opType: 'Conv', weights: [kernel, [4]] },
    'Conv with different strides': { opType: 'Conv', attributes: { strides: [2, 1] }, weights: [kernel] },
    'Conv padded above': { opType: 'Conv', attributes: { pads: [1, 0, 0, 0] }, weights: [kernel] },
    'Conv padded at the left': { opType: 'Conv', attributes: { pads: [0, 2, 0, 0] }, weights: [kernel] },
    'Conv padded below': { opType: 'Conv', attributes: { pads: [0, 0, 3, 0] }, weights: [kernel] },
    'Conv padded at the right': { opType: 'Conv', attributes: { pads: [0, 0, 0, 1] }, weights: [kernel] },
    'Conv padded everywhere': { opType: 'Conv', attributes: { pads: [1, 2, 1, 2] }, weights: [kernel] },
    'Conv padded by nothing': { opType: 'Conv', attributes: { pads: [0, 0, 0, 0] }, weights: [kernel] },
    'Conv of one group without dilation': {
      opType: 'Conv',
      attributes: { dilations: [1, 1], group: 1 },
      weights: [kernel],
    },
    MaxPool: { opType: 'MaxPool', attributes: { kernel_shape: [3, 2], strides: [1, 2] } },
    // Values below 0 show that the padding is not 0.
    'MaxPool with padding': { opType: 'MaxPool', attributes: { ...square, strides: [2, 2], pads: [1, 1, 1, 1] } },
    'MaxPool that rounds down': { opType: 'MaxPool', attributes: { ...square, ceil_mode: 0 } },
    Relu: { opType: 'Relu' },
    Sigmoid: { opType: 'Sigmoid' },
    Add: { opType: 'Add', weights: [[1]] },
    'Softmax of the last axis': { opType: 'Softmax', attributes: { axis: -1 }, input: 'pooled' },
    'Softmax of axis 1': { opType: 'Softmax', attributes: { axis: 1 }, input: 'pooled' },
    GlobalAveragePool: { opType: 'GlobalAveragePool' },
    'ReduceMean of the channels, kept': {
      opType: 'ReduceMean',
      attributes: { axes: [1], keepdims: 1 },
      added: 'image',
    },
    'ReduceMean of the rows, kept by default': { opType: 'ReduceMean', attributes: { axes: [2] }, added: 'image' },
    'ReduceMean of the columns': { opType: 'ReduceMean', attributes: { axes: [3], keepdims: 0 } },
    'ReduceMean of rows and columns': {
      opType: 'ReduceMean',
      attributes: { axes: [2, 3], keepdims: 0 },
      added: 'pooled',
    },
    'Gemm without bias': { opType: 'Gemm', weights: [[3, 5]], input: 'pooled' },
    'Gemm with bias': { opType: 'Gemm', weights: [[3, 5], [5]], input: 'pooled' },
    'Gemm that transposes nothing': {
      opType: 'Gemm',
      attributes: { transA: 0, transB: 0 },
      weights: [[3, 5]],
      input: 'pooled',
    },
  })) {
    it(`gives the numbers of ONNX Runtime: ${name}`, async () => {
      const bytes = await networkOf(operation)
      const [found, expected] = [await featuresBy(startTensorFlow, bytes), await featuresBy(byOnnxRuntime, bytes)]
      expect(found).to.have.length(expected.length)
      for (const [index, value] of expected.entries()) expect(found[index], String(index)).to.be.closeTo(value, 1e-5)
    })
  }

  // An attribute that is ignored would change the result silently.
  for (const [operation, words] of [
    [{ opType: 'Conv', attributes: { dilations: [1, 2] }, weights: [kernel] }, 'Conv with dilations 1, 2'],
    [{ opType: 'Conv', attributes: { dilations: [2, 1] }, weights: [kernel] }, 'Conv with dilations 2, 1'],
    [{ opType: 'Conv', attributes: { group: 3 }, weights: [[3, 1, 2, 2]] }, 'Conv with group 3'],
    [{ opType: 'MaxPool', attributes: { ...square, ceil_mode: 1 } }, 'MaxPool with ceil_mode 1'],
    [{ opType: 'Softmax', attributes: { axis: 0 }, input: 'pooled' }, 'Softmax with axis 0'],
    [{ opType: 'Flatten', attributes: { axis: 2 } }, 'Flatten with axis 2'],
    [{ opType: 'Gemm', attributes: { transA: 1 }, weights: [[2, 5]], input: 'pooled' }, 'Gemm with transA 1'],
    [{ opType: 'Gemm', attributes: { transB: 1 }, weights: [[5, 3]], input: 'pooled' }, 'Gemm with transB 1'],
  ] as const) {
    it(`is refused: ${words}`, async () => {
      const engine = await startTensorFlow(await networkOf(operation))
      const outcome = await engine.run([new Float32Array(3 * side * side)]).then(String, String)
      expect(outcome).to.equal(`Error: the TensorFlow.js engine does not support ${words}`)
      await engine.close()
    })
  }
})
