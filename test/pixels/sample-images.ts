import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireSuccess } from '../program-shell.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'

/** How the pixels of a sample are stored. */
export interface PixelFormat {
  readonly bitsAllocated: 8 | 16
  readonly bitsStored: number
  readonly signed: boolean
  /** Position of a value's highest bit; `bitsStored - 1` by default. */
  readonly highBit?: number
}

export const sampleRows = 61
export const sampleColumns = 47

/** Stored values that use the whole range of a format, smooth enough for every codec: a slope with a disc on it. */
export function sampleValues({ bitsStored, signed }: PixelFormat): number[] {
  const span = 2 ** bitsStored - 1
  const least = signed ? -(2 ** (bitsStored - 1)) : 0
  return Array.from({ length: sampleRows * sampleColumns }, (_, index) => {
    const x = (index % sampleColumns) / (sampleColumns - 1)
    const y = Math.floor(index / sampleColumns) / (sampleRows - 1)
    const disc = (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.06 ? 0.25 : 0
    return least + Math.round(span * Math.min(1, (x + y) * 0.5 + disc))
  })
}

/** An uncompressed file (Explicit VR Little Endian) of those values; `tags` override the default attributes. */
export function sampleFile(format: PixelFormat, tags: Readonly<Record<string, unknown>> = {}): Uint8Array<ArrayBuffer> {
  return fileOfValues({ format, rows: sampleRows, columns: sampleColumns, values: sampleValues(format) }, tags)
}

/** Stored values, row-major. */
export interface StoredImage {
  readonly format: PixelFormat
  readonly rows: number
  readonly columns: number
  readonly values: readonly number[]
}

/** An uncompressed file (Explicit VR Little Endian) of an image; `tags` override the default attributes. */
export function fileOfValues(
  { format, rows, columns, values }: StoredImage,
  tags: Readonly<Record<string, unknown>> = {},
): Uint8Array<ArrayBuffer> {
  const cells = cellsOfValues(format, values)
  const even = new Uint8Array(cells.length + (cells.length % 2))
  even.set(cells)
  return childChestRadiograph({
    rows,
    columns,
    tags: {
      BitsAllocated: format.bitsAllocated,
      BitsStored: format.bitsStored,
      HighBit: highBitOf(format),
      PixelRepresentation: format.signed ? 1 : 0,
      PixelData: [even.buffer],
      ...tags,
    },
  }).bytes
}

/** Values as cells of 8 or 16 bits, little endian. */
export function cellsOfValues(format: PixelFormat, values: readonly number[]): Uint8Array<ArrayBuffer> {
  const cells = values.map((value) => value << (highBitOf(format) + 1 - format.bitsStored))
  return format.bitsAllocated === 8
    ? Uint8Array.from(cells, (cell) => cell & 0xff)
    : new Uint8Array(Uint16Array.from(cells, (cell) => cell & 0xffff).buffer)
}

function highBitOf({ bitsStored, highBit }: PixelFormat): number {
  return highBit ?? bitsStored - 1
}

/** Runs a converter of DCMTK or GDCM, whose last arguments are input and output, and returns the output. */
export async function convertWith(
  bytes: Uint8Array,
  command: string,
  ...options: readonly string[]
): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'lung-triage-dcmtk-'))
  try {
    const [input, output] = [join(folder, 'in'), join(folder, 'out')]
    await writeFile(input, bytes)
    await requireSuccess(command, [...options, input, output])
    return new Uint8Array(await readFile(output))
  } finally {
    await rm(folder, { recursive: true })
  }
}
