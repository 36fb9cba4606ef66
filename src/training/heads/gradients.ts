import type { DenseWeights } from '../onnx/network.ts'
import type { Random } from '../data/random.ts'
import { type DenseNetwork, sigmoid, softmax, weightedSums } from './dense-network.ts'

/** One training sample. `weight` balances the classes. */
export interface Sample {
  readonly features: Float32Array
  readonly label: number
  readonly weight: number
}

/** Dropout of the hidden layers while training; its random choices come from `random`. */
export interface Dropout {
  readonly rate: number
  readonly random: Random
}

export interface LossGradient {
  /** Weighted mean cross-entropy of the batch plus `l2` times the sum of squared weights. */
  readonly loss: number
  /** By layer, laid out as the layers are. */
  readonly layers: readonly { readonly weights: Float32Array; readonly bias: Float32Array }[]
}

/** Loss of a batch and its gradient by back-propagation. Without `dropout` every unit takes part. */
export function lossGradient(
  network: DenseNetwork,
  batch: readonly Sample[],
  l2: number,
  dropout?: Dropout,
): LossGradient {
  const layers = network.map((layer) => ({
    weights: layer.weights.map((weight) => 2 * l2 * weight),
    bias: new Float32Array(layer.outputs),
  }))
  let loss = l2 * network.reduce((sum, layer) => sum + sumOfSquares(layer.weights), 0)
  for (const sample of batch) {
    const share = sample.weight / batch.length
    const { inputs, masks, probabilities } = forward(network, sample.features, dropout)
    loss -= share * Math.log(Math.max(probabilities[sample.label]!, 1e-12))
    let error: Float32Array = probabilities.map(
      (probability, out) => share * (probability - (out === sample.label ? 1 : 0)),
    )
    for (let index = network.length - 1; index >= 0; index--) {
      accumulate(layers[index]!, inputs[index]!, error)
      if (index > 0) error = errorBelow(network[index]!, error, inputs[index]!, masks[index - 1]!)
    }
  }
  return { loss, layers }
}

interface ForwardPass {
  /** What each layer saw. */
  readonly inputs: readonly Float32Array[]
  /** Scale of each hidden unit: 0 dropped, 1 / (1 - rate) kept. */
  readonly masks: readonly Float32Array[]
  readonly probabilities: Float32Array
}

function forward(network: DenseNetwork, features: Float32Array, dropout: Dropout | undefined): ForwardPass {
  const inputs: Float32Array[] = [features]
  const masks: Float32Array[] = []
  let values = features
  for (const layer of network.slice(0, -1)) {
    const mask = dropoutMask(layer.outputs, dropout)
    values = weightedSums(layer, values).map((sum, unit) => sigmoid(sum) * mask[unit]!)
    masks.push(mask)
    inputs.push(values)
  }
  return { inputs, masks, probabilities: softmax(weightedSums(network.at(-1)!, values)) }
}

function dropoutMask(units: number, dropout: Dropout | undefined): Float32Array {
  const mask = new Float32Array(units).fill(1)
  if (dropout === undefined) return mask
  return mask.map(() => (dropout.random() < dropout.rate ? 0 : 1 / (1 - dropout.rate)))
}

function accumulate(
  gradient: { readonly weights: Float32Array; readonly bias: Float32Array },
  inputs: Float32Array,
  error: Float32Array,
): void {
  const outputs = error.length
  for (let input = 0; input < inputs.length; input++) {
    const value = inputs[input]!
    if (value === 0) continue
    const row = input * outputs
    for (let out = 0; out < outputs; out++) gradient.weights[row + out]! += value * error[out]!
  }
  for (let out = 0; out < outputs; out++) gradient.bias[out]! += error[out]!
}

/** The error before a hidden layer's sigmoid; `values` are that layer's outputs after dropout. */
function errorBelow(layer: DenseWeights, error: Float32Array, values: Float32Array, mask: Float32Array): Float32Array {
  return values.map((value, unit) => {
    const scale = mask[unit]!
    if (scale === 0) return 0
    const activation = value / scale
    let sum = 0
    for (let out = 0; out < layer.outputs; out++) sum += layer.weights[unit * layer.outputs + out]! * error[out]!
    return sum * scale * activation * (1 - activation)
  })
}

function sumOfSquares(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0)
}
