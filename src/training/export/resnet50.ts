import { foldBatchNorm } from './fold-batch-norm.ts'
import type { KerasWeights } from './keras-weights.ts'
import type { OnnxGraph } from './onnx-graph.ts'

/** Blocks in each of the four stages (He et al. 2016, table 1, 50 layers). Keras numbers stages from 2, blocks from `a`. */
const blocksPerStage = [3, 4, 6, 3] as const

/** Channels of the last feature maps. */
export const featureCount = 2048

/** Side of the last feature maps for an input of 224x224. */
export const featureMapSide = 7

interface ConvolutionPlan {
  readonly stride: number
  readonly padding: number
}

/**
 * ResNet-50 up to its last feature maps, in the original (v1) layout: a stage's stride sits in its first 1x1 convolution and
 * in the shortcut.
 * @param image name of a float32 value [N, 3, 224, 224], channels blue, green, red minus ImageNet's means
 * @returns name of the feature maps [N, 2048, 7, 7], all >= 0
 */
export function addResNet50(graph: OnnxGraph, weights: KerasWeights, image: string): string {
  const stem = relu(
    graph,
    addConvolution(graph, weights, ['conv1', 'bn_conv1'], image, { stride: 2, padding: 3 }),
    'stem',
  )
  // The stem's output is not negative, so padding by ONNX' -infinity and by Keras' zero choose the same maximum.
  let features = graph.operator('MaxPool', [stem], 'pool1', {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  })
  for (const [index, blocks] of blocksPerStage.entries()) {
    for (let block = 0; block < blocks; block++) {
      const name = `${index + 2}${String.fromCharCode('a'.charCodeAt(0) + block)}`
      features = addBottleneck(graph, weights, name, features, { first: block === 0, reduces: index > 0 })
    }
  }
  return features
}

/** 1x1, 3x3, 1x1 convolutions beside a shortcut (He et al. 2016, figure 5); the first of a stage changes size and channels. */
function addBottleneck(
  graph: OnnxGraph,
  weights: KerasWeights,
  name: string,
  input: string,
  place: { readonly first: boolean; readonly reduces: boolean },
): string {
  const stride = place.first && place.reduces ? 2 : 1
  const branch = (suffix: string): [string, string] => [`res${name}_branch${suffix}`, `bn${name}_branch${suffix}`]
  const a = relu(graph, addConvolution(graph, weights, branch('2a'), input, { stride, padding: 0 }), `${name}.a`)
  const b = relu(graph, addConvolution(graph, weights, branch('2b'), a, { stride: 1, padding: 1 }), `${name}.b`)
  const c = addConvolution(graph, weights, branch('2c'), b, { stride: 1, padding: 0 })
  const shortcut = place.first ? addConvolution(graph, weights, branch('1'), input, { stride, padding: 0 }) : input
  return relu(graph, graph.operator('Add', [c, shortcut], `${name}.sum`), `${name}.out`)
}

function addConvolution(
  graph: OnnxGraph,
  weights: KerasWeights,
  [convolution, batchNorm]: readonly [string, string],
  input: string,
  { stride, padding }: ConvolutionPlan,
): string {
  const folded = foldBatchNorm(weights, convolution, batchNorm)
  const kernel = graph.halfWeights(`${convolution}.kernel`, folded.kernelShape, folded.kernel)
  const bias = graph.weights(`${convolution}.bias`, [folded.bias.length], folded.bias)
  return graph.operator('Conv', [input, kernel, bias], convolution, {
    kernel_shape: folded.kernelShape.slice(2),
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  })
}

function relu(graph: OnnxGraph, input: string, output: string): string {
  return graph.operator('Relu', [input], output)
}
