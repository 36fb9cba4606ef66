/** Real values that 8 bits stand for: from `min` to `max`, zero among them. */
export interface ValueRange {
  readonly min: number
  readonly max: number
}

/** How 8 bits stand for real values: `real = scale * (stored - zeroPoint)` (Jacob et al. 2018, equation 1). */
interface Quantization {
  readonly scale: number
  /** 0–255 */
  readonly zeroPoint: number
}

/** Stored values of feature maps: 0–255. */
export const storedLevels = 255

/** Zero is kept exactly: padding is made of it, and where nothing is negative the smallest stored value is the rectifier. */
export function quantizationOf({ min, max }: ValueRange): Quantization {
  const scale = (max - min) / storedLevels
  return { scale, zeroPoint: Math.round(-min / scale) }
}

/** A convolution in whole numbers, each output channel on its own scale. */
interface StoredConvolution {
  /** `real = scale * stored` */
  readonly kernel: Int8Array
  /** By output channel. */
  readonly scales: Float32Array
  /** In the units of the sums it is added to, input's scale times the channel's. */
  readonly bias: Int32Array
}

/**
 * Largest stored weight. Seven bits of the eight: processors without VNNI add two products of 8 by 8 bits in 16 bits that saturate, and
 * 2 * 255 * 64 does not reach that.
 */
const largestWeight = 64

/** For a channel of zeros alone: anything that float32 holds and division by it stays finite. */
const smallestScale = 2 ** -100

/** Largest stored bias: half of what 32 bits hold, the other half is for the sum that it is added to. */
const largestBias = 2 ** 30

/**
 * Brings a convolution into whole numbers.
 * @param values row-major, output channels first
 * @param inputScale of the feature maps that it reads
 */
export function quantizeConvolution(values: Float32Array, bias: Float32Array, inputScale: number): StoredConvolution {
  const perOutput = values.length / bias.length
  const scales = bias.map((offset, output) => {
    const channel = values.subarray(output * perOutput, (output + 1) * perOutput)
    const largest = channel.reduce((top, value) => Math.max(top, Math.abs(value)), 0)
    // A channel that is nearly all bias has the scale that lets 32 bits hold it.
    const least = Math.max(Math.abs(offset) / (largestBias * inputScale), smallestScale)
    return Math.max(largest / largestWeight, least)
  })
  const kernel = Int8Array.from(values, (value, index) => Math.round(value / scales[Math.floor(index / perOutput)]!))
  const biases = Int32Array.from(bias, (value, output) => Math.round(value / (inputScale * scales[output]!)))
  return { kernel, scales, bias: biases }
}
