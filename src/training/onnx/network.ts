import { graphLayers } from '../network/graph-layers.ts'
import { resNet } from '../network/resnet.ts'
import { type Trunk, featuresOf } from '../network/trunk-weights.ts'
import { OnnxGraph } from './onnx-graph.ts'

/** A dense layer. `weights` is row-major [inputs, outputs]. */
export interface DenseWeights {
  readonly inputs: number
  readonly outputs: number
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/** The heads on top of the trunk. */
export interface NetworkHeads {
  /** Stage one: features to the logit of pneumonia. */
  readonly pneumonia: DenseWeights
  /** Stage two: a sigmoid after each layer except the last, then softmax over normal, viral, bacterial. */
  readonly subtype: readonly DenseWeights[]
}

/** The image side is halved five times: by the stem, the pooling and the last three stages. */
const reduction = 32

/** Writes the trunk alone (`image` to `features`), to compute the features on which heads are trained. */
export async function encodeTrunk(trunk: Trunk, side: number): Promise<Uint8Array> {
  const graph = new OnnxGraph('resnet-features')
  addFeatures(graph, trunk, addTrunk(graph, trunk, addImage(graph, side)))
  return graph.encode('0.1.0')
}

export interface NetworkFile {
  readonly trunk: Trunk
  readonly heads: NetworkHeads
  readonly version: string
  /** Side of the input in samples. */
  readonly side: number
}

/**
 * Writes the network of a released model.
 *
 * Input `image` float32 [N, 3, S, S]. Outputs: `pneumonia_logit` [N, 1] (uncalibrated), `activation_map`
 * [N, S/32, S/32], `subtype_probabilities` [N, 3] (normal, viral, bacterial; sum 1), `features` [N, F].
 *
 * Stage one's dense layer is a 1x1 convolution before the global average pooling. Pooling is linear, so the logit is
 * the same, and the convolution's output is the class activation map (Zhou et al. 2016, equation 2), whose mean is the
 * logit.
 * @param add writes the trunk; in float32 by default
 */
export async function encodeNetwork(
  { trunk, heads, version, side }: NetworkFile,
  add: TrunkWriter = addTrunk,
): Promise<Uint8Array> {
  const graph = new OnnxGraph('lung-triage-pneumonia')
  const maps = add(graph, trunk, addImage(graph, side))
  const features = addFeatures(graph, trunk, maps)
  addPneumonia(graph, heads.pneumonia, maps, Math.ceil(side / reduction))
  addSubtype(graph, heads.subtype, features)
  return graph.encode(version, { notice: 'Not for diagnostic use.' })
}

/** Adds a trunk to a graph. Its input image and its output, the last feature maps, are float32. */
type TrunkWriter = (graph: OnnxGraph, trunk: Trunk, image: string) => string

const addTrunk: TrunkWriter = (graph, trunk, image) => resNet(graphLayers(graph, trunk), image, trunk.blocks)

function addImage(graph: OnnxGraph, side: number): string {
  return graph.input('image', ['N', 3, side, side])
}

function addFeatures(graph: OnnxGraph, trunk: Trunk, maps: string): string {
  const pooled = graph.operator('GlobalAveragePool', [maps], 'features.pooled')
  graph.output('features', ['N', featuresOf(trunk)])
  return graph.operator('Flatten', [pooled], 'features', { axis: 1 })
}

function addPneumonia(graph: OnnxGraph, head: DenseWeights, maps: string, mapSide: number): void {
  const kernel = graph.weights('pneumonia.kernel', [1, head.inputs, 1, 1], head.weights)
  const bias = graph.weights('pneumonia.bias', [1], head.bias)
  const map = graph.operator('Conv', [maps, kernel, bias], 'pneumonia.map', { kernel_shape: [1, 1] })
  const pooled = graph.operator('GlobalAveragePool', [map], 'pneumonia.pooled')
  graph.operator('Flatten', [pooled], 'pneumonia_logit', { axis: 1 })
  graph.operator('ReduceMean', [map], 'activation_map', { axes: [1], keepdims: 0 })
  graph.output('pneumonia_logit', ['N', 1])
  graph.output('activation_map', ['N', mapSide, mapSide])
}

function addSubtype(graph: OnnxGraph, layers: NetworkHeads['subtype'], features: string): void {
  let values = features
  for (const [index, layer] of layers.entries()) {
    const name = `subtype.${index + 1}`
    values = addDense(graph, name, layer, values)
    if (index < layers.length - 1) values = graph.operator('Sigmoid', [values], `${name}.active`)
  }
  graph.operator('Softmax', [values], 'subtype_probabilities', { axis: 1 })
  graph.output('subtype_probabilities', ['N', layers.at(-1)!.outputs])
}

function addDense(graph: OnnxGraph, name: string, layer: DenseWeights, input: string): string {
  const weights = graph.weights(`${name}.weights`, [layer.inputs, layer.outputs], layer.weights)
  const bias = graph.weights(`${name}.bias`, [layer.outputs], layer.bias)
  return graph.operator('Gemm', [input, weights, bias], name)
}
