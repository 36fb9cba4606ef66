import { rangeMissing } from '../errors.ts'
import type { OnnxGraph } from '../onnx/onnx-graph.ts'
import { type ValueRange, quantizationOf } from './quantize-values.ts'

/** Value range of each layer's feature maps, by layer name. */
export type ValueRanges = ReadonlyMap<string, ValueRange>

/** 8-bit feature maps in a graph. */
interface StoredMaps {
  readonly name: string
  readonly scale: number
  /** Names of the initializers. */
  readonly parameters: readonly [scale: string, zeroPoint: string]
}

/** A layer's feature maps in a graph, computed in float32 or 8 bits and converted to the other on demand. */
export interface GraphMaps {
  readonly layer: string
  readonly float32: () => string
  /** @throws TRAINING_RANGE_MISSING */
  readonly stored: () => StoredMaps
}

/** @param value name of the float32 maps in the graph */
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
 * Declares 8-bit maps. The caller adds the operator that writes them.
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

/** Several layers may read the same maps, so their conversion is added to the graph only once. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => (made ??= { value: make() }).value
}
