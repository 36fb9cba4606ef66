import { OnnxGraph } from './onnx-graph.ts'
import type { KerasWeights } from './keras-weights.ts'
import { addResNet50, featureCount, featureMapSide } from './resnet50.ts'

/** A dense layer: `weights` row-major [inputs, outputs]. */
export interface DenseWeights {
  readonly inputs: number
  readonly outputs: number
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/** What was trained on top of the trunk. */
export interface NetworkHeads {
  /** Stage one, 2048 to 1: the logit of pneumonia. */
  readonly pneumonia: DenseWeights
  /** Stage two: sigmoid, sigmoid, softmax over normal, viral, bacterial. */
  readonly subtype: readonly [DenseWeights, DenseWeights, DenseWeights]
}

const inputSide = 224

/** The trunk alone, for computing the features that the heads are trained on: `image` to `features`. */
export async function encodeTrunk(weights: KerasWeights): Promise<Uint8Array> {
  const graph = new OnnxGraph('resnet50-features')
  const maps = addTrunk(graph, weights)
  addFeatures(graph, maps)
  return graph.encode('0.1.0')
}

/**
 * The network of one released model.
 *
 * Input `image` float32 [N, 3, 224, 224]. Outputs: `pneumonia_logit` [N, 1] (uncalibrated), `activation_map` [N, 7, 7],
 * `subtype_probabilities` [N, 3] (normal, viral, bacterial; sum 1), `features` [N, 2048].
 *
 * Stage one's dense layer stands before the global average pooling, as a 1x1 convolution: pooling is linear, so the result is
 * the same, and the convolution's output is the class-activation map (Zhou et al. 2016, equation 2) whose mean is the logit.
 */
export async function encodeNetwork(weights: KerasWeights, heads: NetworkHeads, version: string): Promise<Uint8Array> {
  const graph = new OnnxGraph('lung-triage-pneumonia')
  const maps = addTrunk(graph, weights)
  const features = addFeatures(graph, maps)
  addPneumonia(graph, heads.pneumonia, maps)
  addSubtype(graph, heads.subtype, features)
  return graph.encode(version, { notice: 'Not for diagnostic use.' })
}

function addTrunk(graph: OnnxGraph, weights: KerasWeights): string {
  return addResNet50(graph, weights, graph.input('image', ['N', 3, inputSide, inputSide]))
}

function addFeatures(graph: OnnxGraph, maps: string): string {
  const pooled = graph.operator('GlobalAveragePool', [maps], 'features.pooled')
  graph.output('features', ['N', featureCount])
  return graph.operator('Flatten', [pooled], 'features', { axis: 1 })
}

function addPneumonia(graph: OnnxGraph, head: DenseWeights, maps: string): void {
  const kernel = graph.weights('pneumonia.kernel', [1, head.inputs, 1, 1], head.weights)
  const bias = graph.weights('pneumonia.bias', [1], head.bias)
  const map = graph.operator('Conv', [maps, kernel, bias], 'pneumonia.map', { kernel_shape: [1, 1] })
  const pooled = graph.operator('GlobalAveragePool', [map], 'pneumonia.pooled')
  graph.operator('Flatten', [pooled], 'pneumonia_logit', { axis: 1 })
  graph.operator('ReduceMean', [map], 'activation_map', { axes: [1], keepdims: 0 })
  graph.output('pneumonia_logit', ['N', 1])
  graph.output('activation_map', ['N', featureMapSide, featureMapSide])
}

function addSubtype(graph: OnnxGraph, [first, second, last]: NetworkHeads['subtype'], features: string): void {
  const one = graph.operator('Sigmoid', [addDense(graph, 'subtype.1', first, features)], 'subtype.1.active')
  const two = graph.operator('Sigmoid', [addDense(graph, 'subtype.2', second, one)], 'subtype.2.active')
  const logits = addDense(graph, 'subtype.3', last, two)
  graph.operator('Softmax', [logits], 'subtype_probabilities', { axis: 1 })
  graph.output('subtype_probabilities', ['N', last.outputs])
}

function addDense(graph: OnnxGraph, name: string, layer: DenseWeights, input: string): string {
  const weights = graph.weights(`${name}.weights`, [layer.inputs, layer.outputs], layer.weights)
  const bias = graph.weights(`${name}.bias`, [layer.outputs], layer.bias)
  return graph.operator('Gemm', [input, weights, bias], name)
}
