import type { OnnxGraph } from '../onnx/onnx-graph.ts'
import { type FusedLayers, finished, fuseLayers, separateLayers } from '../network/fused-layers.ts'
import { convolutionAttributes, graphLayers } from '../network/graph-layers.ts'
import { resNet } from '../network/resnet.ts'
import { type Trunk, biasName, kernelName } from '../network/trunk-weights.ts'
import { type GraphMaps, type ValueRanges, float32Maps, storedMaps } from './graph-maps.ts'
import { quantizeConvolution } from './quantize-values.ts'

/**
 * The stem and the first residual stage stay in float32, because all later layers inherit their errors. In 8 bits they
 * saved 2.5 of 22.3 ms and more than doubled the error of the logit (docs/training.md).
 */
const keptInFloat32 = /^(conv1|res2)/

/**
 * Adds a trunk whose later stages compute in 8 bits (Jacob et al. 2018): weights are quantized per output channel,
 * feature maps per layer, and sums have 32 bits. The image and the last feature maps are float32, so the rest of the
 * network is unchanged.
 * @returns the last feature maps
 * @throws TRAINING_RANGE_MISSING
 */
export function addQuantizedTrunk(graph: OnnxGraph, trunk: Trunk, image: string, ranges: ValueRanges): string {
  const float32 = float32Layers(graph, trunk, ranges)
  const stored = storedLayers(graph, trunk, ranges)
  const layersOf = (name: string) => (keptInFloat32.test(name) ? float32 : stored)
  const layers = fuseLayers<GraphMaps>({
    convolution: (name, ...rest) => layersOf(name).convolution(name, ...rest),
    sum: (name, ...rest) => layersOf(name).sum(name, ...rest),
    maxPool: (input) => float32.maxPool(input),
  })
  const start = finished('image', float32Maps(graph, 'image', image, ranges))
  return resNet(layers, start, trunk.blocks).finish('linear').float32()
}

function float32Layers(graph: OnnxGraph, trunk: Trunk, ranges: ValueRanges): FusedLayers<GraphMaps> {
  const layers = separateLayers(graphLayers(graph, trunk))
  const maps = (layer: string, value: string) => float32Maps(graph, layer, value, ranges)
  return {
    convolution: (name, input, ...rest) => maps(name, layers.convolution(name, input.float32(), ...rest)),
    sum: (name, one, other, ...rest) => maps(name, layers.sum(name, one.float32(), other.float32(), ...rest)),
    maxPool: (input) => maps(`${input.layer}.pool`, layers.maxPool(input.float32())),
  }
}

/** A ReLU needs no operator here: the range after it starts at 0, so storing in 8 bits clamps negative values. */
function storedLayers(
  graph: OnnxGraph,
  { weights }: Trunk,
  ranges: ValueRanges,
): Omit<FusedLayers<GraphMaps>, 'maxPool'> {
  return {
    convolution(name, input, plan) {
      const kernel = weights.get(kernelName(name))!
      const [from, output] = [input.stored(), storedMaps(graph, name, ranges)]
      const to = output.stored()
      const stored = quantizeConvolution(kernel.values, weights.get(biasName(name))!.values, from.scale)
      const channels = stored.bias.length
      const operands = [
        ...[from.name, ...from.parameters],
        graph.wholeWeights(kernelName(name), kernel.shape, stored.kernel),
        graph.weights(`${kernelName(name)}.scales`, [channels], stored.scales),
        graph.wholeWeights(`${kernelName(name)}.zero`, [channels], new Int8Array(channels)),
        ...to.parameters,
        graph.wholeWeights(biasName(name), [channels], stored.bias),
      ]
      graph.operator('QLinearConv', operands, to.name, convolutionAttributes(kernel.shape, plan))
      return output
    },
    sum(name, one, other) {
      const output = storedMaps(graph, name, ranges)
      const operands = [one.stored(), other.stored()].flatMap((maps) => [maps.name, ...maps.parameters])
      graph.microsoftOperator('QLinearAdd', [...operands, ...output.stored().parameters], output.stored().name)
      return output
    },
  }
}
