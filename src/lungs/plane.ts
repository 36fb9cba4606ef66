/** One value per sample on a square grid, row-major, length `side * side`. */
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

/**
 * The value at a point between samples, by bilinear interpolation; outside the plane, the value of the nearest edge.
 */
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

/** Resamples a plane to a different side by bilinear interpolation; both grids cover the same area. */
export function resizeBilinear(plane: Plane, side: number): Plane {
  if (side === plane.side) return plane
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
  for (let line = 0; line < side; line++) smoothLine(samples, line * side, 1, side, halfKernel, rows)
  for (let line = 0; line < side; line++) smoothLine(rows, line, side, side, halfKernel, smoothed)
  return { side, samples: smoothed }
}

function smoothLine(
  from: Float32Array,
  start: number,
  step: number,
  length: number,
  halfKernel: readonly number[],
  to: Float32Array,
): void {
  const reach = halfKernel.length - 1
  const lastIndex = length - 1
  const middle = halfKernel[0]!
  for (let i = 0; i < length; i++) {
    const at = start + i * step
    let sum = middle * from[at]!
    if (i >= reach && i + reach <= lastIndex) {
      for (let k = 1; k <= reach; k++) sum += halfKernel[k]! * (from[at - k * step]! + from[at + k * step]!)
    } else {
      for (let k = 1; k <= reach; k++) {
        const before = start + Math.max(i - k, 0) * step
        const after = start + Math.min(i + k, lastIndex) * step
        sum += halfKernel[k]! * (from[before]! + from[after]!)
      }
    }
    to[at] = sum
  }
}

/** A Gaussian of `sigma` samples for `smooth`, cut at three sigma. */
export function gaussianHalfKernel(sigma: number): number[] {
  const half = Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, k) => Math.exp(-(k * k) / (2 * sigma * sigma)))
  const sum = half.reduce((total, weight, k) => total + (k === 0 ? weight : 2 * weight), 0)
  return half.map((weight) => weight / sum)
}
