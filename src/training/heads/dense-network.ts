import type { DenseWeights } from '../onnx/network.ts'
import { type Random, gaussianDeviate } from '../data/random.ts'

/** Dense layers with a sigmoid after each but the last; the last gives logits for a softmax. */
export type DenseNetwork = readonly DenseWeights[]

/**
 * Layers with Glorot's normal initial weights (Glorot and Bengio 2010) and zero biases.
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

/** Class probabilities of one sample, sum 1. */
export function predict(network: DenseNetwork, features: Float32Array): Float32Array {
  let values = features
  for (const [index, layer] of network.entries()) {
    const sums = weightedSums(layer, values)
    values = index < network.length - 1 ? sums.map(sigmoid) : sums
  }
  return softmax(values)
}

/** `x W + b`. */
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

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value))
}

export function softmax(logits: Float32Array): Float32Array {
  const top = logits.reduce((highest, value) => Math.max(highest, value), -Infinity)
  const powers = logits.map((value) => Math.exp(value - top))
  const sum = powers.reduce((total, value) => total + value, 0)
  return powers.map((value) => value / sum)
}
