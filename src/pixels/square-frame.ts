import type { Radiograph } from './radiograph.ts'

/**
 * Side of the square frame in samples. Both the lung localisation and the network see a radiograph only through it, whatever
 * its original size: the training images exist at 224x224 only, and a sharp original reduced another way is another domain
 * to the network (AUC .994 became .926).
 */
export const squareFrameSide = 224

/** A whole radiograph stretched to a square (the aspect ratio is lost), values 0 (black) to 255 (white), row-major. */
export interface SquareFrame {
  readonly side: number
  readonly samples: Float32Array<ArrayBuffer>
}

/**
 * Reduces a radiograph to the square frame by area averaging: every output sample is the mean of the source area it covers.
 * Enlarges (rarely needed) by the same rule, which then repeats pixels.
 * @returns values 0–255, length `side * side`
 */
export function toSquareFrame(radiograph: Radiograph, side: number = squareFrameSide): SquareFrame {
  const { width, height, samples } = radiograph
  const columns = coverage(width, side)
  const rows = coverage(height, side)
  const narrow = new Float32Array(side)
  const sums = new Float32Array(side * side)
  for (let outY = 0; outY < side; outY++) {
    const end = rows.first[outY + 1]!
    for (let y = rows.first[outY]!; y < end; y++) {
      reduceRow(samples, y - rows.first[outY]! + rows.start[outY]!, width, columns, narrow)
      const weight = rows.weight[y]!
      for (let outX = 0; outX < side; outX++) sums[outY * side + outX]! += weight * narrow[outX]!
    }
  }
  const scale = (255 / 65535) * (side / width) * (side / height)
  for (let i = 0; i < sums.length; i++) sums[i]! *= scale
  return { side, samples: sums }
}

interface Coverage {
  /** First source index under each output sample. */
  readonly start: Int32Array
  /** Where each output sample's weights begin in `weight`; one entry more than there are samples. */
  readonly first: Int32Array
  /** Share of each covered source pixel that lies under the output sample, 0–1. */
  readonly weight: Float32Array
}

/** Which source pixels each of `outputLength` equal cells covers, and by how much. */
function coverage(sourceLength: number, outputLength: number): Coverage {
  const start = new Int32Array(outputLength)
  const first = new Int32Array(outputLength + 1)
  const weights: number[] = []
  const cell = sourceLength / outputLength
  for (let i = 0; i < outputLength; i++) {
    const from = i * cell
    const to = Math.min((i + 1) * cell, sourceLength)
    start[i] = Math.floor(from)
    for (let source = Math.floor(from); source < to; source++) {
      weights.push(Math.min(source + 1, to) - Math.max(source, from))
    }
    first[i + 1] = weights.length
  }
  return { start, first, weight: Float32Array.from(weights) }
}

/** Weighted sums of one source row under each output column. */
function reduceRow(samples: Uint16Array, y: number, width: number, columns: Coverage, out: Float32Array): void {
  const row = y * width
  for (let outX = 0; outX < out.length; outX++) {
    let sum = 0
    let source = row + columns.start[outX]!
    const end = columns.first[outX + 1]!
    for (let k = columns.first[outX]!; k < end; k++) sum += columns.weight[k]! * samples[source++]!
    out[outX] = sum
  }
}
