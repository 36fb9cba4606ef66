import { type KerasWeights, tensorOf } from './keras-weights.ts'

/** A convolution in ONNX layout, with its batch normalisation folded in. */
interface FoldedConvolution {
  /** Out, in, height, width. */
  readonly kernelShape: readonly [number, number, number, number]
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

/** The epsilon in the layer configuration of Keras' ResNet-50. */
const epsilon = 1e-3

/**
 * Folds batch normalisation into a convolution. With frozen statistics it is a scale and a shift per output channel:
 * `gamma (w x + b - mean) / sqrt(variance + epsilon) + beta`.
 */
export function foldBatchNorm(weights: KerasWeights, convolution: string, batchNorm: string): FoldedConvolution {
  const { shape, values } = tensorOf(weights, `${convolution}/kernel`)
  const [height, width, inputs, outputs] = shape as [number, number, number, number]
  const channel = (layer: string) => tensorOf(weights, layer).values
  const gamma = channel(`${batchNorm}/gamma`)
  const beta = channel(`${batchNorm}/beta`)
  const mean = channel(`${batchNorm}/moving_mean`)
  const variance = channel(`${batchNorm}/moving_variance`)
  const ownBias = channel(`${convolution}/bias`)
  const scale = gamma.map((value, out) => value / Math.sqrt(variance[out]! + epsilon))
  const bias = beta.map((value, out) => value + (ownBias[out]! - mean[out]!) * scale[out]!)
  const kernel = new Float32Array(values.length)
  const taps = height * width
  let from = 0
  for (let tap = 0; tap < taps; tap++) {
    for (let input = 0; input < inputs; input++) {
      for (let out = 0; out < outputs; out++)
        kernel[(out * inputs + input) * taps + tap] = values[from++]! * scale[out]!
    }
  }
  return { kernelShape: [outputs, inputs, height, width], kernel, bias }
}
