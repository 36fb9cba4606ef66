import { rangeMissing } from '../errors.ts'
import type { OnnxGraph } from '../onnx/onnx-graph.ts'
import { type ValueRange, quantizationOf } from './quantize-values.ts'

/** Range of each feature map by the name of its layer. */
export type ValueRanges = ReadonlyMap<string, ValueRange>

/** Feature maps in 8 bits within a graph. */
interface StoredMaps {
  readonly name: string
  readonly scale: number
  /** Initializers. */
  readonly parameters: readonly [scale: string, zeroPoint: string]
}

/** A layer's feature maps within a graph, computed in float32 or in 8 bits and brought to the other where that is asked for. */
export interface GraphMaps {
  readonly layer: string
  readonly float32: () => string
  /** @throws TRAINING_RANGE_MISSING */
  readonly stored: () => StoredMaps
}

/** @param value the graph's name of maps in float32 */
export function float32Maps(graph: OnnxGraph, layer: string, value: string, ranges: ValueRanges): GraphMaps {
  return {
    layer,
    float32: () => value,
    stored: once(() => {
      const stored = describeStored(graph, layer, ranges)
      graph.operator('QuantizeLinear', [value, ...stored.parameters], stored.name)
      return stored
    }),
  }
}

/**
 * Maps in 8 bits, which an operator yet to be added shall write.
 * @throws TRAINING_RANGE_MISSING
 */
export function storedMaps(graph: OnnxGraph, layer: string, ranges: ValueRanges): GraphMaps {
  const stored = describeStored(graph, layer, ranges)
  return {
    layer,
    float32: once(() => graph.operator('DequantizeLinear', [stored.name, ...stored.parameters], `${layer}.float32`)),
    stored: () => stored,
  }
}

function describeStored(graph: OnnxGraph, layer: string, ranges: ValueRanges): StoredMaps {
  const range = ranges.get(layer)
  if (range === undefined) throw rangeMissing(layer)
  const { scale, zeroPoint } = quantizationOf(range)
  const name = `${layer}.stored`
  return {
    name,
    scale,
    parameters: [
      graph.weights(`${name}.scale`, [], Float32Array.of(scale)),
      graph.wholeWeights(`${name}.zero`, [], Uint8Array.of(zeroPoint)),
    ],
  }
}

/** Several layers may read the same maps; what brings them to other numbers is in the graph once. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => (made ??= { value: make() }).value
}
