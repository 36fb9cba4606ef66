import type { DecodedFrame } from './decode.ts'
import { KernelMemory } from './kernel/kernel-memory.ts'
import { pixelKernel as kernel } from './kernel/pixel-kernel.ts'

type StoredFrame = Pick<DecodedFrame, 'rows' | 'columns' | 'samples'>

/** As many values can be stored. Signed ones stand at their place as unsigned 16 bits. */
export const storedValueCount = 65536

/** By stored value as unsigned 16 bits, 1 where it occurs. */
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
 * Each stored value's entry in a table.
 * @param table by stored value as unsigned 16 bits; `storedValueCount` entries
 * @param out row-major, as many as the frame has
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
  /** Brings a row into the kernel's memory and gives its address, which is always the same. */
  read(y: number): number
}

/** Allocates the last of the memory, so that views made after it stay valid. */
function rowReader({ columns, samples }: StoredFrame, memory: KernelMemory): RowReader {
  const bytesEach = samples.BYTES_PER_ELEMENT
  const row = memory.allocate(bytesEach * columns)
  // Of the samples' own type, so that rows are copied as they lie.
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
