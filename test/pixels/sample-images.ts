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
  const highBit = format.highBit ?? format.bitsStored - 1
  const values = sampleValues(format).map((value) => value << (highBit + 1 - format.bitsStored))
  const pixels =
    format.bitsAllocated === 8
      ? Uint8Array.from(values, (value) => value & 0xff)
      : Uint16Array.from(values, (value) => value & 0xffff)
  const even = new Uint8Array(pixels.byteLength + (pixels.byteLength % 2))
  even.set(new Uint8Array(pixels.buffer))
  return childChestRadiograph({
    rows: sampleRows,
    columns: sampleColumns,
    tags: {
      BitsAllocated: format.bitsAllocated,
      BitsStored: format.bitsStored,
      HighBit: highBit,
      PixelRepresentation: format.signed ? 1 : 0,
      PixelData: [even.buffer],
      ...tags,
    },
  }).bytes
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
