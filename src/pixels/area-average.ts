import { pixelKernel as kernel } from './kernel/pixel-kernel.ts'
import { KernelMemory } from './kernel/kernel-memory.ts'

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

/** Samples of a row that the kernel reads at once. */
const lanes = 8

/**
 * Resizes by area averaging: every output sample is the sum of the source samples that it covers, weighted by the
 * covered share. Enlarging (rarely needed) follows the same rule, which then repeats pixels.
 * @param samples of the source, row-major
 * @param take receives the sums of each output row, in a buffer that the next row overwrites, because fresh memory
 *   costs more than the sums. It must not itself reduce, display or filter. Dividing the sums by the source pixels per
 *   cell (`width / out.width * height / out.height`) gives the means
 */
export function areaSums(
  samples: Uint16Array,
  { width, height }: ImageSize,
  out: ImageSize,
  take: (sums: Float32Array, outY: number) => void,
): void {
  const rows = coverage(height, out.height)
  const reducer = rowReducer(width, out.width)
  let loadedRow = -1
  for (let outY = 0; outY < out.height; outY++) {
    const first = rows.first[outY]!
    for (let k = first; k < rows.first[outY + 1]!; k++) {
      const y = k - first + rows.start[outY]!
      // A row on the border between two cells counts towards both.
      if (y !== loadedRow) reducer.load(samples.subarray(y * width, (y + 1) * width))
      loadedRow = y
      if (k === first) reducer.begin(rows.weight[k]!)
      else reducer.add(rows.weight[k]!)
    }
    take(reducer.reduced(), outY)
  }
}

/**
 * Sums rows first and then the columns of that sum: rows are added as whole vectors, and columns only once per output
 * row.
 */
interface RowReducer {
  /** Loads the next source row. */
  load(row: Uint16Array): void
  /** Starts a new sum with the loaded row. */
  begin(weight: number): void
  add(weight: number): void
  /** The sum reduced to the output's width. */
  reduced(): Float32Array
}

function rowReducer(width: number, outWidth: number): RowReducer {
  const columns = coverage(width, outWidth)
  const memory = new KernelMemory(kernel)
  const padded = Math.ceil(width / lanes) * lanes
  const row = memory.allocate(2 * padded)
  const sums = memory.allocate(4 * padded)
  const [start, first, weight] = [columns.start, columns.first, columns.weight].map((table) =>
    memory.allocate(table.byteLength),
  ) as [number, number, number]
  const out = memory.allocate(4 * outWidth)
  const { buffer } = kernel.memory
  new Int32Array(buffer, start, columns.start.length).set(columns.start)
  new Int32Array(buffer, first, columns.first.length).set(columns.first)
  new Float32Array(buffer, weight, columns.weight.length).set(columns.weight)
  const loaded = new Uint16Array(buffer, row, width)
  const reduced = new Float32Array(buffer, out, outWidth)
  return {
    load: (samples) => {
      loaded.set(samples)
    },
    begin: (share) => {
      kernel.setWeighted(row, width, share, sums)
    },
    add: (share) => {
      kernel.addWeighted(row, width, share, sums)
    },
    reduced: () => {
      kernel.reduceRow(sums, outWidth, start, first, weight, out)
      return reduced
    },
  }
}

interface Coverage {
  /** First source index under each output sample. */
  readonly start: Int32Array
  /** Index of each output sample's first weight in `weight`; has one entry more than there are samples. */
  readonly first: Int32Array
  /** Share of each covered source pixel that belongs to the output sample, 0–1. */
  readonly weight: Float32Array
}

/** Which source pixels each of `outputLength` equal cells covers, and by how much. */
function coverage(sourceLength: number, outputLength: number): Coverage {
  const start = new Int32Array(outputLength)
  const first = new Int32Array(outputLength + 1)
  const weights: number[] = []
  const cell = sourceLength / outputLength
  // Stryker disable next-line EqualityOperator: a cell behind the last covers nothing, and is not stored
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
