import { type Plane, smooth } from '../../../src/lungs/plane.ts'

// A readable reference of src/lungs/kernel/assembly/dense-sift.ts, which is tested against it.

/** One descriptor per sample: `dimensions` values 0–255 at `(y * side + x) * dimensions`. */
export interface DescriptorField {
  readonly side: number
  readonly dimensions: number
  readonly values: Uint8Array<ArrayBuffer>
}

const orientations = 8
const cellsAcross = 4
/** Spacing of the cells in samples (SIFT flow's reference setting). */
const cellSide = 3
/** Bilinear weighting of a gradient between neighbouring cells (Lowe 2004, section 6.1). */
const cellHalfKernel = [3 / 9, 2 / 9, 1 / 9]
/**
 * Gradients of this length (in gray levels a sample, summed over a cell) count as noise: flat areas get short
 * descriptors.
 */
const contrastFloor = 6

export const siftDimensions = orientations * cellsAcross * cellsAcross

/**
 * SIFT (Lowe 2004) at every sample: orientation histograms of 4x4 cells, normalised to length 255.
 * @param plane equalised radiograph, values 0–255
 */
export function denseSift(plane: Plane): DescriptorField {
  const { side } = plane
  const channels = orientationChannels(plane)
  const offsets = cellOffsets()
  const values = new Uint8Array(side * side * siftDimensions)
  const descriptor = new Float32Array(siftDimensions)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const squares = gather(channels, side, x, y, offsets, descriptor)
      const scale = 255 / Math.sqrt(squares + contrastFloor * contrastFloor)
      const start = (y * side + x) * siftDimensions
      for (let k = 0; k < siftDimensions; k++) values[start + k] = descriptor[k]! * scale + 0.5
    }
  }
  return { side, dimensions: siftDimensions, values }
}

/** Offsets of the cells from the sample: -5, -2, 1, 4. */
function cellOffsets(): number[] {
  return Array.from({ length: cellsAcross }, (_, cell) => Math.floor((cell - (cellsAcross - 1) / 2) * cellSide))
}

/** Writes the histograms of the 4x4 cells around a sample to `out`; returns the sum of their squares. */
function gather(
  channels: Float32Array,
  side: number,
  x: number,
  y: number,
  offsets: readonly number[],
  out: Float32Array,
): number {
  const last = side - 1
  let squares = 0
  let k = 0
  for (let row = 0; row < cellsAcross; row++) {
    const cellY = Math.min(Math.max(y + offsets[row]!, 0), last)
    for (let column = 0; column < cellsAcross; column++) {
      const cellX = Math.min(Math.max(x + offsets[column]!, 0), last)
      const start = (cellY * side + cellX) * orientations
      for (let o = 0; o < orientations; o++) {
        const value = channels[start + o]!
        out[k++] = value
        squares += value * value
      }
    }
  }
  return squares
}

/**
 * Gradient magnitude by orientation, weighted with cos^9 (SIFT flow's soft binning) and summed over cells; interleaved.
 */
function orientationChannels(plane: Plane): Float32Array {
  const { side } = plane
  const { horizontal, vertical } = gradient(plane)
  const interleaved = new Float32Array(side * side * orientations)
  const channel = new Float32Array(side * side)
  for (let o = 0; o < orientations; o++) {
    const cosine = Math.cos((2 * Math.PI * o) / orientations)
    const sine = Math.sin((2 * Math.PI * o) / orientations)
    for (let i = 0; i < channel.length; i++) {
      const gx = horizontal[i]!
      const gy = vertical[i]!
      const along = gx * cosine + gy * sine
      if (along <= 0) {
        channel[i] = 0
        continue
      }
      const length = Math.sqrt(gx * gx + gy * gy)
      const cos2 = (along / length) ** 2
      channel[i] = along * cos2 * cos2 * cos2 * cos2
    }
    const cells = smooth({ side, samples: channel }, cellHalfKernel).samples
    for (let i = 0; i < cells.length; i++) interleaved[i * orientations + o] = cells[i]!
  }
  return interleaved
}

/** Central differences, gray levels a sample. */
function gradient({ side, samples }: Plane): { horizontal: Float32Array; vertical: Float32Array } {
  const horizontal = new Float32Array(samples.length)
  const vertical = new Float32Array(samples.length)
  const last = side - 1
  for (let y = 0; y < side; y++) {
    const above = (y === 0 ? 0 : y - 1) * side
    const below = (y === last ? last : y + 1) * side
    for (let x = 0; x < side; x++) {
      const row = y * side
      horizontal[row + x] = (samples[row + (x === last ? last : x + 1)]! - samples[row + (x === 0 ? 0 : x - 1)]!) / 2
      vertical[row + x] = (samples[below + x]! - samples[above + x]!) / 2
    }
  }
  return { horizontal, vertical }
}

/** The field and `levels - 1` reductions of it, each half the side of the one before, finest first. */
export function descriptorPyramid(field: DescriptorField, levels: number): DescriptorField[] {
  const pyramid = [field]
  while (pyramid.length < levels) pyramid.push(halve(pyramid.at(-1)!))
  return pyramid
}

function halve({ side, dimensions, values }: DescriptorField): DescriptorField {
  const half = side / 2
  const reduced = new Uint8Array(half * half * dimensions)
  const below = side * dimensions
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const from = (2 * y * side + 2 * x) * dimensions
      const to = (y * half + x) * dimensions
      for (let k = 0; k < dimensions; k++) {
        const i = from + k
        reduced[to + k] =
          (values[i]! + values[i + dimensions]! + values[i + below]! + values[i + below + dimensions]!) / 4
      }
    }
  }
  return { side: half, dimensions, values: reduced }
}
