import { z } from 'zod'
import { type FrameDecoder, type FrameFormat, frameDecoders } from './codecs.ts'
import { codestreamChecks } from './codestream.ts'
import { swapWords } from '../dicom/byte-order.ts'
import type { DicomDataset } from '../dicom/dataset.ts'
import type { DicomFile, PixelData } from '../dicom/dicom-file.ts'
import {
  attributeInvalid,
  decodingFailed,
  noPixelData,
  notGrayscale,
  tooLarge,
  transferSyntaxUnsupported,
  wrongLength,
} from './errors.ts'
import { checkJpeg2000, withoutJp2Boxes } from './jpeg2000-codestream.ts'
import { integerOf, textOf } from '../dicom/element-values.ts'
import { lossyTransferSyntaxes, transferSyntax } from '../dicom/transfer-syntax.ts'

/** Stored values of one grayscale frame: high bits masked, sign extended; row-major, length `rows * columns`. */
export interface DecodedFrame {
  readonly rows: number
  readonly columns: number
  readonly bitsStored: number
  readonly signed: boolean
  readonly samples: Uint8Array | Uint16Array | Int16Array
}

/**
 * The largest detectors have about 20 megapixels. A header that claims more than this limit is refused before any
 * allocation.
 */
const maxPixels = 100e6

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
  const { bytes, beyond } = await frameBytes(file.transferSyntaxUid, file.pixelData, format)
  const expected = format.rows * format.columns * (format.bitsAllocated / 8)
  // One extra byte is the padding to an even length (PS3.5 8.1.1).
  if (bytes.length !== expected && bytes.length !== expected + (expected % 2)) throw wrongLength(bytes.length, expected)
  return {
    rows: format.rows,
    columns: format.columns,
    bitsStored: format.bitsStored,
    signed: format.signed,
    samples: storedValues(bytes, format, beyond),
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
  if (HighBit < BitsStored - 1 || HighBit >= BitsAllocated) {
    throw attributeInvalid('HighBit', 'leaves no room for BitsStored in BitsAllocated')
  }
  return {
    rows: Rows,
    columns: Columns,
    bitsAllocated: BitsAllocated,
    bitsStored: BitsStored,
    highBit: HighBit,
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

/** How to treat bits beyond the stored ones: `mask` if they hold something else, `clamp` if a value overshot. */
type Beyond = 'mask' | 'clamp'

/** The frame's samples as little-endian bytes. */
interface FrameBytes {
  readonly bytes: Uint8Array
  readonly beyond: Beyond
}

function frameBytes(uid: string, pixelData: PixelData, format: FrameFormat): FrameBytes | Promise<FrameBytes> {
  return pixelData.kind === 'native'
    ? { bytes: nativeBytes(uid, pixelData, format), beyond: 'mask' }
    : decodedBytes(uid, pixelData.fragments, format)
}

function nativeBytes(
  uid: string,
  { bytes, vr }: Extract<PixelData, { kind: 'native' }>,
  { bitsAllocated }: FrameFormat,
): Uint8Array {
  if (!uncompressed.has(uid)) throw decodingFailed(uid, 'Pixel Data is not encapsulated')
  // In big endian, words are swapped, even if a word holds two 8-bit samples (PS3.5 Annex D).
  const swapped = uid === transferSyntax.explicitBigEndian && (bitsAllocated === 16 || vr === 'OW')
  return swapped ? swapWords(bytes) : bytes
}

async function decodedBytes(uid: string, fragments: readonly Uint8Array[], format: FrameFormat): Promise<FrameBytes> {
  const decode = frameDecoders.get(uid)
  if (decode === undefined) throw transferSyntaxUnsupported(uid)
  // A codestream holds values, not cells. Only RLE, which encodes bytes, keeps the other bits of a cell.
  if (format.highBit !== format.bitsStored - 1 && uid !== transferSyntax.rle) {
    throw attributeInvalid('HighBit', 'is not one less than BitsStored, in compressed pixels')
  }
  try {
    const encoded = isJpeg2000(uid) ? withoutJp2Boxes(joined(fragments)) : joined(fragments)
    const precision = codestreamChecks.get(uid)!(encoded, format)
    // With more bits than Bits Stored, a lossy value may overshoot, and masking would turn white into black.
    const beyond = lossyTransferSyntaxes.has(uid) && precision > format.bitsStored ? 'clamp' : 'mask'
    const cells = precision <= 8 ? await decodeBytes(decode, encoded, format) : await decode(encoded, format)
    return { bytes: cells, beyond }
  } catch (error) {
    throw decodingFailed(uid, error instanceof Error ? error.message : String(error))
  }
}

/**
 * Decodes values of up to 8 bits. Codecs return them as bytes, also if the header has cells of 16 bits; the JPEG codec
 * would leave half of such cells empty.
 */
async function decodeBytes(decode: FrameDecoder, encoded: Uint8Array<ArrayBuffer>, format: FrameFormat) {
  const { bitsAllocated, bitsStored, signed } = format
  const bytes = await decode(encoded, { ...format, bitsAllocated: 8, bitsStored: Math.min(bitsStored, 8) })
  // Of more than 8 signed bits, whether the codestream has a sign is not known here: the length is refused.
  if (bitsAllocated === 8 || (signed && bitsStored > 8)) return bytes
  return new Uint8Array(Uint16Array.from(bytes).buffer)
}

function isJpeg2000(uid: string): boolean {
  return codestreamChecks.get(uid) === checkJpeg2000
}

/** Joins the fragments; a single frame may have several (PS3.5 A.4). */
function joined(fragments: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fragments.reduce((length, fragment) => length + fragment.length, 0))
  let offset = 0
  for (const fragment of fragments) {
    bytes.set(fragment, offset)
    offset += fragment.length
  }
  return bytes
}

/** The frame's values, from cells of 8 or 16 bits. Unsigned bytes without other bits in the cell are used directly. */
function storedValues(bytes: Uint8Array, format: FrameFormat, beyond: Beyond): DecodedFrame['samples'] {
  const count = format.rows * format.columns
  if (format.bitsStored === 8 && format.bitsAllocated === 8 && !format.signed) return bytes.subarray(0, count)
  const samples = format.signed ? new Int16Array(count) : new Uint16Array(count)
  if (format.bitsAllocated === 8)
    samples.set(format.signed ? Int8Array.from(bytes.subarray(0, count)) : bytes.subarray(0, count))
  else new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength))
  // Stryker disable next-line ConditionalExpression: nothing lies beyond 16 bits
  if (format.bitsStored === 16) return samples
  if (beyond === 'clamp') clampToStoredBits(samples, format)
  else maskToStoredBits(samples, format)
  return samples
}

/**
 * Masks bits beside the stored ones (old overlays, PS3.3 C.9.2), shifts values down (PS3.5 8.1.1) and extends the sign.
 */
function maskToStoredBits(samples: Int16Array | Uint16Array, { signed, highBit, bitsStored }: FrameFormat): void {
  const [above, unused] = [31 - highBit, 32 - bitsStored]
  if (signed) for (let i = 0; i < samples.length; i++) samples[i] = (samples[i]! << above) >> unused
  else for (let i = 0; i < samples.length; i++) samples[i] = (samples[i]! << above) >>> unused
}

function clampToStoredBits(samples: Int16Array | Uint16Array, { signed, bitsStored }: FrameFormat): void {
  const least = signed ? -(2 ** (bitsStored - 1)) : 0
  const most = least + 2 ** bitsStored - 1
  // Stryker disable next-line EqualityOperator: a typed array ignores a value behind its end
  for (let i = 0; i < samples.length; i++) samples[i] = Math.min(Math.max(samples[i]!, least), most)
}
