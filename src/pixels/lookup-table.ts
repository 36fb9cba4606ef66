import { z } from 'zod'
import type { DicomDataset } from '../dicom/dataset.ts'
import { firstItem } from '../dicom/element-values.ts'
import { attributeInvalid } from './errors.ts'

/** A Modality or VOI lookup table (PS3.3 C.11.1.1, C.11.2.1.1). */
interface LookupTable {
  /** Input value of the first entry. Lower values map to the first entry, values above the table to the last. */
  readonly firstMapped: number
  readonly entries: Float64Array
  /** Largest value that an entry can hold. */
  readonly maxEntry: number
}

/** Number of entries, first mapped value, bits per entry. */
const lutDescriptor = z.tuple([
  z.number().int().min(0).max(65535),
  z.number().int().min(-32768).max(65535),
  z.number().int().min(8).max(16),
])

/**
 * Reads the first item of a lookup-table sequence.
 * @param signedInput whether the input values are signed, which decides the sign of the first mapped value
 * @throws PIXELS_ATTRIBUTE_INVALID
 */
export function readLookupTable(
  dataset: DicomDataset,
  sequenceTag: string,
  signedInput: boolean,
): LookupTable | undefined {
  const item = firstItem(dataset, sequenceTag)
  if (item === undefined) return undefined
  const parsed = lutDescriptor.safeParse(item['00283002']?.Value)
  if (!parsed.success) throw attributeInvalid('LUTDescriptor', 'is not three numbers with 8 to 16 bits per entry')
  const [written, first, bits] = parsed.data
  // 0 means 65536 entries, a number that does not fit in 16 bits.
  const count = written === 0 ? 65536 : written
  const entries = lutData(item['00283006']?.Value ?? [], count)
  const firstMapped = signedInput && first > 32767 ? first - 65536 : first
  return { firstMapped, entries, maxEntry: 2 ** bits - 1 }
}

/** The entry for an input value, clamped to the table's ends. */
export function lookUp(table: LookupTable, value: number): number {
  const index = Math.min(Math.max(Math.trunc(value) - table.firstMapped, 0), table.entries.length - 1)
  return table.entries[index]!
}

/** LUT Data holds numbers (US) or bytes (OW); some old files pack two 8-bit entries into a word. */
function lutData(value: readonly unknown[], count: number): Float64Array {
  const [first] = value
  if (typeof first === 'number') return checkedEntries(Float64Array.from(value, Number), count)
  const bytes = first instanceof ArrayBuffer ? new Uint8Array(first) : first instanceof Uint8Array ? first : undefined
  if (bytes === undefined) throw attributeInvalid('LUTData', 'is missing')
  if (bytes.length < 2 * count) return checkedEntries(Float64Array.from(bytes.subarray(0, count)), count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float64Array.from({ length: count }, (_, index) => view.getUint16(2 * index, true))
}

function checkedEntries(entries: Float64Array, count: number): Float64Array {
  if (entries.length !== count) throw attributeInvalid('LUTData', `holds ${entries.length} entries instead of ${count}`)
  return entries
}
