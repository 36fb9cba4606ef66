/** One value a sample on a square grid, row-major, length `side * side`. */
export interface Plane {
  readonly side: number
  readonly samples: Float32Array<ArrayBuffer>
}

/** Reduces a plane by the mean of blocks of `factor` by `factor` samples; `side` must be a multiple of `factor`. */
export function reduceByMean({ side, samples }: Plane, factor: number): Plane {
  const reducedSide = side / factor
  const reduced = new Float32Array(reducedSide * reducedSide)
  const share = 1 / (factor * factor)
  for (let y = 0; y < side; y++) {
    const reducedRow = Math.floor(y / factor) * reducedSide
    for (let x = 0; x < side; x++) reduced[reducedRow + Math.floor(x / factor)]! += share * samples[y * side + x]!
  }
  return { side: reducedSide, samples: reduced }
}

/** The value at a point between samples, by bilinear interpolation; outside the plane, its nearest edge. */
export function sampleBilinear(samples: Float32Array, side: number, x: number, y: number): number {
  const last = side - 1
  const insideX = x < 0 ? 0 : x > last ? last : x
  const insideY = y < 0 ? 0 : y > last ? last : y
  const left = Math.min(Math.floor(insideX), last - 1)
  const top = Math.min(Math.floor(insideY), last - 1)
  const shareX = insideX - left
  const shareY = insideY - top
  const i = top * side + left
  const upper = samples[i]! + shareX * (samples[i + 1]! - samples[i]!)
  const lower = samples[i + side]! + shareX * (samples[i + side + 1]! - samples[i + side]!)
  return upper + shareY * (lower - upper)
}

/** Resamples a plane to another side by bilinear interpolation; both grids cover the same area. */
export function resizeBilinear(plane: Plane, side: number): Plane {
  const resized = new Float32Array(side * side)
  const scale = plane.side / side
  for (let y = 0; y < side; y++) {
    const sourceY = (y + 0.5) * scale - 0.5
    for (let x = 0; x < side; x++) {
      resized[y * side + x] = sampleBilinear(plane.samples, plane.side, (x + 0.5) * scale - 0.5, sourceY)
    }
  }
  return { side, samples: resized }
}

/** Convolves rows, then columns, with a symmetric kernel given from its centre outwards; edges are repeated. */
export function smooth({ side, samples }: Plane, halfKernel: readonly number[]): Plane {
  const rows = new Float32Array(samples.length)
  const smoothed = new Float32Array(samples.length)
  const last = side - 1
  for (let y = 0; y < side; y++) {
    const row = y * side
    for (let x = 0; x < side; x++) {
      let sum = halfKernel[0]! * samples[row + x]!
      for (let k = 1; k < halfKernel.length; k++) {
        const left = x < k ? 0 : x - k
        const right = x + k > last ? last : x + k
        sum += halfKernel[k]! * (samples[row + left]! + samples[row + right]!)
      }
      rows[row + x] = sum
    }
  }
  for (let y = 0; y < side; y++) {
    const row = y * side
    for (let x = 0; x < side; x++) {
      let sum = halfKernel[0]! * rows[row + x]!
      for (let k = 1; k < halfKernel.length; k++) {
        const above = y < k ? 0 : y - k
        const below = y + k > last ? last : y + k
        sum += halfKernel[k]! * (rows[above * side + x]! + rows[below * side + x]!)
      }
      smoothed[row + x] = sum
    }
  }
  return { side, samples: smoothed }
}

/** A Gaussian of `sigma` samples for `smooth`, cut at three sigma. */
export function gaussianHalfKernel(sigma: number): number[] {
  const half = Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, k) => Math.exp(-(k * k) / (2 * sigma * sigma)))
  const sum = half.reduce((total, weight, k) => total + (k === 0 ? weight : 2 * weight), 0)
  return half.map((weight) => weight / sum)
}
