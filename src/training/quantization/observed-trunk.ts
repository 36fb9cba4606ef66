import { OnnxGraph } from '../onnx/onnx-graph.ts'
import { finished, fuseLayers, separateLayers } from '../network/fused-layers.ts'
import { graphLayers } from '../network/graph-layers.ts'
import { resNet } from '../network/resnet.ts'
import type { Trunk } from '../network/trunk-weights.ts'

/** The float32 trunk with every feature map that may be quantized as a graph output. */
export interface ObservedTrunk {
  readonly file: Uint8Array
  /** Output name of each layer's feature maps, by layer name. */
  readonly outputs: ReadonlyMap<string, string>
}

/**
 * Writes a trunk that exposes its feature maps: input `image` [N, 3, S, S], one output per fused convolution and sum.
 */
export async function encodeObserved(trunk: Trunk, side: number): Promise<ObservedTrunk> {
  const graph = new OnnxGraph('observed')
  const layers = separateLayers(graphLayers(graph, trunk))
  const outputs = new Map<string, string>()
  const observe = (name: string, maps: string) => {
    graph.output(maps, ['N', 'channels', 'rows', 'columns'])
    outputs.set(name, maps)
    return maps
  }
  const fused = fuseLayers<string>({
    convolution: (name, ...rest) => observe(name, layers.convolution(name, ...rest)),
    sum: (name, ...rest) => observe(name, layers.sum(name, ...rest)),
    maxPool: (input) => layers.maxPool(input),
  })
  resNet(fused, finished('image', graph.input('image', ['N', 3, side, side])), trunk.blocks).finish('linear')
  return { file: await graph.encode('0.1.0'), outputs }
}
