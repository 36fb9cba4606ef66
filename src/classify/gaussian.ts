import { KernelMemory } from '../pixels/kernel/kernel-memory.ts'
import { pixelKernel as kernel } from '../pixels/kernel/pixel-kernel.ts'

/** Samples that the kernel reads at once. */
const lanes = 4

/**
 * Gaussian low-pass of a square image: separable, with repeated edges, the kernel cut at three sigmas.
 * @param sigma in samples; 0 copies
 */
export function gaussianBlur(samples: Float32Array, side: number, sigma: number): Float32Array<ArrayBuffer> {
  if (sigma === 0) return Float32Array.from(samples)
  const weights = gaussianKernel(sigma)
  const radius = (weights.length - 1) / 2
  const stride = Math.ceil(side / lanes) * lanes
  const memory = new KernelMemory(kernel)
  const padded = memory.allocate(4 * (stride + 2 * radius))
  const taps = memory.allocate(weights.byteLength)
  const plane = memory.allocate(4 * side * stride)
  const filtered = memory.allocate(4 * stride)
  const { buffer } = kernel.memory
  new Float32Array(buffer, taps, weights.length).set(weights)
  const paddedRow = new Float32Array(buffer, padded, side + 2 * radius)
  for (let y = 0; y < side; y++) {
    paddedRow.fill(samples[y * side]!, 0, radius)
    paddedRow.set(samples.subarray(y * side, (y + 1) * side), radius)
    paddedRow.fill(samples[(y + 1) * side - 1]!, side + radius)
    kernel.filterRow(padded, side, taps, weights.length, plane + 4 * y * stride)
  }
  const out = new Float32Array(side * side)
  const row = new Float32Array(buffer, filtered, side)
  for (let y = 0; y < side; y++) {
    kernel.filterColumns(plane, side, stride, y, taps, weights.length, filtered)
    out.set(row, y * side)
  }
  return out
}

function gaussianKernel(sigma: number): Float32Array {
  const radius = Math.ceil(3 * sigma)
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  )
  const sum = kernel.reduce((total, weight) => total + weight, 0)
  return kernel.map((weight) => weight / sum)
}
