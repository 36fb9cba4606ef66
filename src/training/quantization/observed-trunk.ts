import { OnnxGraph } from '../onnx/onnx-graph.ts'
import { finished, fuseLayers, separateLayers } from '../network/fused-layers.ts'
import { graphLayers } from '../network/graph-layers.ts'
import { resNet } from '../network/resnet.ts'
import type { Trunk } from '../network/trunk-weights.ts'

/** The trunk in float32 with every feature map that 8 bits are to hold as an output of its own. */
export interface ObservedTrunk {
  readonly file: Uint8Array
  /** What the network calls each map, by the name of its layer. */
  readonly outputs: ReadonlyMap<string, string>
}

/** Writes a trunk to be looked into: `image` [N, 3, S, S] in, one output for each fused layer. */
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
