import type { DenseWeights } from '../onnx/network.ts'

/** Mean and standard deviation of every feature over the training images. */
export interface Standardisation {
  readonly mean: Float32Array
  readonly deviation: Float32Array
}

/** Lower limit of the deviation, without which rarely active features would be scaled up too far. */
const smallestDeviation = 0.05

export function measureStandardisation(samples: readonly Float32Array[]): Standardisation {
  const length = samples[0]!.length
  const sum = new Float64Array(length)
  const squares = new Float64Array(length)
  for (const sample of samples) {
    for (let i = 0; i < length; i++) {
      sum[i]! += sample[i]!
      squares[i]! += sample[i]! ** 2
    }
  }
  const mean = Float32Array.from(sum, (value) => value / samples.length)
  const deviation = Float32Array.from(squares, (value, i) =>
    Math.max(smallestDeviation, Math.sqrt(Math.max(0, value / samples.length - mean[i]! ** 2))),
  )
  return { mean, deviation }
}

export function standardised(features: Float32Array, { mean, deviation }: Standardisation): Float32Array {
  return features.map((value, i) => (value - mean[i]!) / deviation[i]!)
}

/** Folds the standardisation into `layer`, so that the result takes raw features. */
export function foldStandardisation(
  layer: DenseWeights,
  { mean, deviation }: Readonly<Record<keyof Standardisation, ArrayLike<number>>>,
): DenseWeights {
  const { inputs, outputs } = layer
  const weights = layer.weights.map((weight, i) => weight / deviation[Math.floor(i / outputs)]!)
  const bias = layer.bias.map((value, out) => {
    let shift = 0
    for (let input = 0; input < inputs; input++) shift += weights[input * outputs + out]! * mean[input]!
    return value - shift
  })
  return { inputs, outputs, weights, bias }
}
