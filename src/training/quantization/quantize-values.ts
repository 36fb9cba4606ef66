/** Real values that 8 bits stand for: from `min` to `max`, zero among them. */
export interface ValueRange {
  readonly min: number
  readonly max: number
}

/** How 8 bits stand for real values: `real = scale * (stored - zeroPoint)` (Jacob et al. 2018, equation 1). */
export interface Quantization {
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

/** A kernel in whole numbers, each output channel on its own scale: `real = scale * stored`. */
export interface QuantizedKernel {
  readonly stored: Int8Array
  /** By output channel. */
  readonly scales: Float32Array
}

/**
 * Largest stored weight. Seven bits of the eight: processors without VNNI add two products of 8 by 8 bits in 16 bits that saturate, and
 * 2 * 255 * 64 does not reach that.
 */
const largestWeight = 64

/** @param values row-major, output channels first */
export function quantizeKernel(values: Float32Array, outputs: number): QuantizedKernel {
  const perOutput = values.length / outputs
  const scales = Float32Array.from({ length: outputs }, (_, output) => {
    const channel = values.subarray(output * perOutput, (output + 1) * perOutput)
    const largest = channel.reduce((top, value) => Math.max(top, Math.abs(value)), 0)
    // A channel of zeros needs some scale to be divided by.
    return largest > 0 ? largest / largestWeight : 1
  })
  const stored = Int8Array.from(values, (value, index) => Math.round(value / scales[Math.floor(index / perOutput)]!))
  return { stored, scales }
}

/** A bias in the units of the sums it is added to: input's scale times the channel's. */
export function quantizeBias(bias: Float32Array, inputScale: number, kernelScales: Float32Array): Int32Array {
  return Int32Array.from(bias, (value, output) => Math.round(value / (inputScale * kernelScales[output]!)))
}
