import type { DecodedFrame } from './decode.ts'
import { KernelMemory } from './kernel/kernel-memory.ts'
import { pixelKernel as kernel } from './kernel/pixel-kernel.ts'

type StoredFrame = Pick<DecodedFrame, 'rows' | 'columns' | 'samples'>

/** Number of possible stored values. Signed values are indexed as unsigned 16 bits. */
export const storedValueCount = 65536

/** Indexed by stored value as unsigned 16 bits: 1 if the value occurs. */
export function occurringValues(frame: StoredFrame): Uint8Array {
  const memory = new KernelMemory(kernel)
  const occurs = memory.allocate(storedValueCount)
  const reader = rowReader(frame, memory)
  const marked = new Uint8Array(kernel.memory.buffer, occurs, storedValueCount).fill(0)
  const mark = reader.bytesEach === 1 ? kernel.markBytes : kernel.markWords
  for (let y = 0; y < frame.rows; y++) mark(reader.read(y), frame.columns, occurs)
  return marked.slice()
}

/**
 * Looks up each stored value in a table.
 * @param table by stored value as unsigned 16 bits; `storedValueCount` entries
 * @param out row-major, as long as the frame
 */
export function lookUpValues(frame: StoredFrame, table: Uint16Array, out: Uint16Array): void {
  const { rows, columns } = frame
  const memory = new KernelMemory(kernel)
  const [entries, found] = [memory.allocate(2 * storedValueCount), memory.allocate(2 * columns)]
  const reader = rowReader(frame, memory)
  const { buffer } = kernel.memory
  new Uint16Array(buffer, entries, storedValueCount).set(table)
  const foundRow = new Uint16Array(buffer, found, columns)
  const lookUp = reader.bytesEach === 1 ? kernel.lookUpBytes : kernel.lookUpWords
  for (let y = 0; y < rows; y++) {
    lookUp(reader.read(y), columns, entries, found)
    out.set(foundRow, y * columns)
  }
}

interface RowReader {
  readonly bytesEach: number
  /** Copies a row into the kernel's memory and returns its address, which is always the same. */
  read(y: number): number
}

/** Makes the last allocation, so that later views stay valid. */
function rowReader({ columns, samples }: StoredFrame, memory: KernelMemory): RowReader {
  const bytesEach = samples.BYTES_PER_ELEMENT
  const row = memory.allocate(bytesEach * columns)
  // The samples' own type, so that rows are copied unchanged.
  const View = samples instanceof Int16Array ? Int16Array : bytesEach === 1 ? Uint8Array : Uint16Array
  const loaded = new View(kernel.memory.buffer, row, columns)
  return {
    bytesEach,
    read: (y) => {
      loaded.set(samples.subarray(y * columns, (y + 1) * columns))
      return row
    },
  }
}
