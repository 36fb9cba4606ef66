import { z } from 'zod'
import { type FrameFormat, frameDecoders } from './codecs.ts'
import { codestreamChecks } from './codestream.ts'
import type { DicomDataset } from './dataset.ts'
import type { DicomFile, PixelData } from './dicom-file.ts'
import {
  attributeInvalid,
  decodingFailed,
  noPixelData,
  notGrayscale,
  tooLarge,
  transferSyntaxUnsupported,
  wrongLength,
} from './errors.ts'
import { integerOf, textOf } from './element-values.ts'
import { transferSyntax } from './transfer-syntax.ts'

/** Stored values of one grayscale frame: high bits masked, sign extended; row-major, length `rows * columns`. */
export interface DecodedFrame {
  readonly rows: number
  readonly columns: number
  readonly bitsStored: number
  readonly signed: boolean
  readonly samples: Uint16Array<ArrayBuffer> | Int16Array<ArrayBuffer>
}

/** The largest detector is near 20 megapixels; a header that claims more than this is refused before anything is allocated. */
export const maxPixels = 100e6

const uncompressed = new Set<string>([
  transferSyntax.implicitLittleEndian,
  transferSyntax.explicitLittleEndian,
  transferSyntax.deflated,
  transferSyntax.explicitBigEndian,
])

/**
 * Decodes the one frame of a grayscale image.
 * @throws PIXELS_NO_PIXEL_DATA, PIXELS_NOT_GRAYSCALE, PIXELS_TOO_LARGE, PIXELS_ATTRIBUTE_INVALID, PIXELS_WRONG_LENGTH,
 *   PIXELS_TRANSFER_SYNTAX_UNSUPPORTED, PIXELS_DECODING_FAILED
 */
export async function decodeFrame(file: DicomFile): Promise<DecodedFrame> {
  if (file.pixelData === undefined) throw noPixelData()
  const format = readFormat(file.dataset)
  const bytes = await frameBytes(file.transferSyntaxUid, file.pixelData, format)
  const expected = format.rows * format.columns * (format.bitsAllocated / 8)
  // One byte more is the padding to an even length (PS3.5 8.1.1).
  if (bytes.length !== expected && bytes.length !== expected + (expected % 2)) throw wrongLength(bytes.length, expected)
  return {
    rows: format.rows,
    columns: format.columns,
    bitsStored: format.bitsStored,
    signed: format.signed,
    samples: storedValues(bytes, format),
  }
}

const imagePixel = z.object({
  Rows: z.number().int().min(1).max(65535),
  Columns: z.number().int().min(1).max(65535),
  BitsAllocated: z.union([z.literal(8), z.literal(16)]),
  BitsStored: z.number().int().min(1).max(16),
  HighBit: z.number().int().min(0).max(15),
  PixelRepresentation: z.union([z.literal(0), z.literal(1)]),
})

/** Image Pixel Module (PS3.3 C.7.6.3). */
function readFormat(dataset: DicomDataset): FrameFormat {
  refuseColour(dataset)
  const bitsStored = integerOf(dataset, '00280101')
  const parsed = imagePixel.safeParse({
    Rows: integerOf(dataset, '00280010'),
    Columns: integerOf(dataset, '00280011'),
    BitsAllocated: integerOf(dataset, '00280100'),
    BitsStored: bitsStored,
    HighBit: integerOf(dataset, '00280102') ?? (bitsStored === undefined ? undefined : bitsStored - 1),
    PixelRepresentation: integerOf(dataset, '00280103') ?? 0,
  })
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw attributeInvalid(issue.path.join('.'), issue.message)
  }
  const { Rows, Columns, BitsAllocated, BitsStored, HighBit, PixelRepresentation } = parsed.data
  if (Rows * Columns > maxPixels) throw tooLarge(Rows, Columns, maxPixels)
  if (BitsStored > BitsAllocated) throw attributeInvalid('BitsStored', 'is above BitsAllocated')
  if (HighBit !== BitsStored - 1) throw attributeInvalid('HighBit', 'is not one less than BitsStored')
  return {
    rows: Rows,
    columns: Columns,
    bitsAllocated: BitsAllocated,
    bitsStored: BitsStored,
    signed: PixelRepresentation === 1,
  }
}

function refuseColour(dataset: DicomDataset): void {
  const photometric = textOf(dataset, '00280004')
  if (photometric !== 'MONOCHROME1' && photometric !== 'MONOCHROME2') {
    throw notGrayscale(`Photometric Interpretation ${photometric ?? '(none)'}`)
  }
  const samplesPerPixel = integerOf(dataset, '00280002') ?? 1
  if (samplesPerPixel !== 1) throw notGrayscale(`${samplesPerPixel} samples per pixel`)
  const frames = integerOf(dataset, '00280008') ?? 1
  if (frames !== 1) throw notGrayscale(`${frames} frames`)
}

/** The frame's samples as little-endian bytes. */
async function frameBytes(uid: string, pixelData: PixelData, format: FrameFormat): Promise<Uint8Array> {
  if (pixelData.kind === 'native') {
    if (!uncompressed.has(uid)) throw decodingFailed(uid, 'Pixel Data is not encapsulated')
    // In big endian, words are swapped, also where a word holds two samples of 8 bits (PS3.5 Annex D).
    const swapped = uid === transferSyntax.explicitBigEndian && (format.bitsAllocated === 16 || pixelData.vr === 'OW')
    return swapped ? swapWords(pixelData.bytes) : pixelData.bytes
  }
  const decode = frameDecoders.get(uid)
  if (decode === undefined) throw transferSyntaxUnsupported(uid)
  try {
    const encoded = joined(pixelData.fragments)
    codestreamChecks.get(uid)?.(encoded, format)
    return await decode(encoded, format)
  } catch (error) {
    throw decodingFailed(uid, error instanceof Error ? error.message : String(error))
  }
}

/** A single frame may stand in several fragments (PS3.5 A.4). */
function joined(fragments: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fragments.reduce((length, fragment) => length + fragment.length, 0))
  let offset = 0
  for (const fragment of fragments) {
    bytes.set(fragment, offset)
    offset += fragment.length
  }
  return bytes
}

/** Masks what lies above BitsStored (old overlays sit there, PS3.3 C.9.2) and extends the sign. */
function storedValues(bytes: Uint8Array, format: FrameFormat): DecodedFrame['samples'] {
  const count = format.rows * format.columns
  const samples = format.signed ? new Int16Array(count) : new Uint16Array(count)
  if (format.bitsAllocated === 8) samples.set(bytes.subarray(0, count))
  else new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength))
  const unused = 16 - format.bitsStored
  if (unused === 0) return samples
  if (format.signed) for (let i = 0; i < count; i++) samples[i] = (samples[i]! << (unused + 16)) >> (unused + 16)
  else for (let i = 0, mask = 0xffff >> unused; i < count; i++) samples[i] = samples[i]! & mask
  return samples
}

function swapWords(bytes: Uint8Array): Uint8Array {
  const swapped = new Uint8Array(bytes.length)
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    swapped[i] = bytes[i + 1]!
    swapped[i + 1] = bytes[i]!
  }
  return swapped
}
