/** The range of real values that 8 bits represent. It includes 0. */
export interface ValueRange {
  readonly min: number
  readonly max: number
}

/** Affine quantization: `real = scale * (stored - zeroPoint)` (Jacob et al. 2018, equation 1). */
interface Quantization {
  readonly scale: number
  /** 0–255 */
  readonly zeroPoint: number
}

/** Feature maps are stored as 0–255. */
export const storedLevels = 255

/**
 * Zero is represented exactly: padding needs it, and if `min` is 0, clamping to the smallest stored value is the ReLU.
 */
export function quantizationOf({ min, max }: ValueRange): Quantization {
  const scale = (max - min) / storedLevels
  return { scale, zeroPoint: Math.round(-min / scale) }
}

/** A convolution with integer weights and one scale per output channel. */
interface StoredConvolution {
  /** `real = scale * stored` */
  readonly kernel: Int8Array
  /** One per output channel. */
  readonly scales: Float32Array
  /** In units of the accumulator: input scale times channel scale. */
  readonly bias: Int32Array
}

/**
 * Largest stored weight. It uses 7 of the 8 bits: processors without VNNI add two 8-bit products in a saturating 16-bit
 * sum, and 2 * 255 * 64 does not saturate.
 */
const largestWeight = 64

/** Scale of an all-zero channel: float32 represents it, and dividing by it gives finite values. */
const smallestScale = 2 ** -100

/** Largest stored bias: half of the 32-bit range. The other half is left for the sum to which it is added. */
const largestBias = 2 ** 30

/**
 * Quantizes a convolution.
 * @param values kernel, row-major with output channels first
 * @param inputScale scale of the input feature maps
 */
export function quantizeConvolution(values: Float32Array, bias: Float32Array, inputScale: number): StoredConvolution {
  const perOutput = values.length / bias.length
  const scales = bias.map((offset, output) => {
    const channel = values.subarray(output * perOutput, (output + 1) * perOutput)
    const largest = channel.reduce((top, value) => Math.max(top, Math.abs(value)), 0)
    // A channel whose bias dominates gets a scale at which its bias fits into 32 bits.
    const least = Math.max(Math.abs(offset) / (largestBias * inputScale), smallestScale)
    return Math.max(largest / largestWeight, least)
  })
  const kernel = Int8Array.from(values, (value, index) => Math.round(value / scales[Math.floor(index / perOutput)]!))
  const biases = Int32Array.from(bias, (value, output) => Math.round(value / (inputScale * scales[output]!)))
  return { kernel, scales, bias: biases }
}
