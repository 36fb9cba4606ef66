import { dense, dropout, sigmoid } from '../engine/operators.ts'
import type { Value } from '../engine/tape.ts'
import type { NamedTensor, NamedTensors } from '../engine/training-step.ts'
import type { DenseWeights } from '../onnx/network.ts'
import { type Random, gaussianDeviate } from '../data/random.ts'

/** Dense layers with a sigmoid after all but the last, which gives the logits for a softmax. */
export type DenseNetwork = readonly DenseWeights[]

/**
 * Layers with Glorot normal initialisation (Glorot and Bengio 2010) and zero biases.
 * @param sizes inputs, hidden units…, classes
 */
export function initialNetwork(sizes: readonly number[], random: Random): DenseNetwork {
  return sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index]!
    const deviation = Math.sqrt(2 / (inputs + outputs))
    const weights = Float32Array.from({ length: inputs * outputs }, () => deviation * gaussianDeviate(random))
    return { inputs, outputs, weights, bias: new Float32Array(outputs) }
  })
}

/** Inputs, hidden units…, classes. */
export function sizesOf(network: DenseNetwork): number[] {
  return [network[0]!.inputs, ...network.map(({ outputs }) => outputs)]
}

/**
 * Adds the forward pass to the graph.
 * @param layer the weights of a layer, counted from 0
 * @param masks dropout masks of the hidden layers; empty without dropout
 * @returns logits [N, classes]
 */
export function denseLogits(
  features: Value,
  layers: number,
  layer: (index: number) => { readonly weights: Value; readonly bias: Value },
  masks: readonly Value[] = [],
): Value {
  let values = features
  for (let index = 0; index < layers; index++) {
    const { weights, bias } = layer(index)
    values = dense(values, weights, bias)
    if (index === layers - 1) break
    const mask = masks[index]
    values = mask === undefined ? sigmoid(values) : dropout(sigmoid(values), mask)
  }
  return values
}

export function weightsName(layer: number): string {
  return `${layer}.weights`
}

export function biasName(layer: number): string {
  return `${layer}.bias`
}

/** The layers' weights by name, as graph inputs. */
export function toNamedTensors(network: DenseNetwork): NamedTensors {
  return new Map(
    network.flatMap(({ inputs, outputs, weights, bias }, index): [string, NamedTensor][] => [
      [weightsName(index), { shape: [inputs, outputs], values: weights }],
      [biasName(index), { shape: [outputs], values: bias }],
    ]),
  )
}

/** The reverse of `toNamedTensors`; copies the values. */
export function toDenseNetwork(tensors: NamedTensors, layers: number): DenseNetwork {
  return Array.from({ length: layers }, (_, index) => {
    const { shape, values } = tensors.get(weightsName(index))!
    const bias = Float32Array.from(tensors.get(biasName(index))!.values)
    return { inputs: shape[0]!, outputs: shape[1]!, weights: Float32Array.from(values), bias }
  })
}

/** `x W + b` for one sample. */
export function weightedSums(layer: DenseWeights, values: Float32Array): Float32Array {
  const { outputs, weights } = layer
  const sums = Float32Array.from(layer.bias)
  for (let input = 0; input < values.length; input++) {
    const value = values[input]!
    if (value === 0) continue
    const row = input * outputs
    for (let out = 0; out < outputs; out++) sums[out]! += value * weights[row + out]!
  }
  return sums
}
