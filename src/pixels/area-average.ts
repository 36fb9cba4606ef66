/** Columns and rows of an image. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** The size of an image scaled so that its long side is `longSide`. */
export function fitted({ width, height }: ImageSize, longSide: number): ImageSize {
  const scale = longSide / Math.max(width, height)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/**
 * Resizes by area averaging: every output sample is the sum of the source area it covers, in source samples times the shares of them.
 * Enlarges (rarely needed) by the same rule, which then repeats pixels.
 * @param samples of the source, row-major
 * @param take gets the sums of each output row, in a buffer that the next row overwrites: fresh memory costs more than the sums do.
 *   Divided by the source pixels that a cell covers (`width / out.width * height / out.height`) they are means
 */
export function areaSums(
  samples: Uint16Array,
  { width, height }: ImageSize,
  out: ImageSize,
  take: (sums: Float32Array, outY: number) => void,
): void {
  const columns = coverage(width, out.width)
  const rows = coverage(height, out.height)
  const narrow = new Float32Array(out.width)
  const sums = new Float32Array(out.width)
  let narrowRow = -1
  for (let outY = 0; outY < out.height; outY++) {
    sums.fill(0)
    for (let k = rows.first[outY]!; k < rows.first[outY + 1]!; k++) {
      const y = k - rows.first[outY]! + rows.start[outY]!
      // A row at the border of two cells counts for both.
      if (y !== narrowRow) reduceRow(samples, y * width, columns, narrow)
      narrowRow = y
      addWeighted(sums, narrow, rows.weight[k]!)
    }
    take(sums, outY)
  }
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

/** Weighted sums of the source row that begins at `row`, one for each output column. */
function reduceRow(samples: Uint16Array, row: number, columns: Coverage, out: Float32Array): void {
  for (let outX = 0; outX < out.length; outX++) {
    let sum = 0
    let source = row + columns.start[outX]!
    const end = columns.first[outX + 1]!
    for (let k = columns.first[outX]!; k < end; k++) sum += columns.weight[k]! * samples[source++]!
    out[outX] = sum
  }
}

function addWeighted(sums: Float32Array, values: Float32Array, weight: number): void {
  for (let x = 0; x < sums.length; x++) sums[x]! += weight * values[x]!
}
