/**
 * Gaussian low-pass of a square image, separable, edges repeated, kernel cut at three sigmas.
 * @param sigma in samples; 0 copies
 */
export function gaussianBlur(samples: Float32Array, side: number, sigma: number): Float32Array<ArrayBuffer> {
  if (sigma === 0) return Float32Array.from(samples)
  const kernel = gaussianKernel(sigma)
  // Blurring the rows while transposing, twice, blurs rows and then columns and ends the right way up.
  return blurTransposed(blurTransposed(samples, side, kernel), side, kernel)
}

function gaussianKernel(sigma: number): Float32Array {
  const radius = Math.ceil(3 * sigma)
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  )
  const sum = kernel.reduce((total, weight) => total + weight, 0)
  return kernel.map((weight) => weight / sum)
}

function blurTransposed(samples: Float32Array, side: number, kernel: Float32Array): Float32Array<ArrayBuffer> {
  const radius = (kernel.length - 1) / 2
  const padded = new Float32Array(side + 2 * radius)
  const out = new Float32Array(side * side)
  for (let y = 0; y < side; y++) {
    const row = samples.subarray(y * side, (y + 1) * side)
    padded.fill(row[0]!, 0, radius)
    padded.set(row, radius)
    padded.fill(row[side - 1]!, side + radius)
    for (let x = 0; x < side; x++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) sum += kernel[k]! * padded[x + k]!
      out[x * side + y] = sum
    }
  }
  return out
}
