import { inflateRawSync } from 'node:zlib'
import dcmjs from 'dcmjs'
import type dicomParser from 'dicom-parser'
import type { DicomDataset } from './dataset.ts'
import { toDicomJson } from './dicom-json.ts'
import { metaHeaderEnd, readMetaHeader, readStructure } from './dicom-structure.ts'
import { fileDamaged, notDicom } from './errors.ts'
import { withUnicodeTexts } from './specific-character-set.ts'
import { transferSyntax } from './transfer-syntax.ts'

/** The value of Pixel Data (7FE0,0010), as views into the file's bytes. */
export type PixelData =
  | { readonly kind: 'native'; readonly bytes: Uint8Array; readonly vr: string | undefined }
  | { readonly kind: 'encapsulated'; readonly fragments: readonly Uint8Array[] }

export interface DicomFile {
  readonly transferSyntaxUid: string
  /** All attributes before Pixel Data, in the DICOM JSON Model; text is decoded to Unicode. */
  readonly dataset: DicomDataset
  readonly pixelData: PixelData | undefined
}

// dcmjs prints its own warnings to the console; this file does the checks that matter.
dcmjs.log.setLevel('silent')
dcmjs.log.getLogger('validation.dcmjs').setLevel('silent')

/** More than any deflated radiograph needs; stops a decompression bomb. */
const maxInflatedBytes = 512 * 2 ** 20

/**
 * Parses a Part 10 file (PS3.10), or a bare data set as stored by old archives.
 *
 * dicom-parser checks structure and lengths, because dcmjs silently pads a truncated file with zeros. dcmjs then reads
 * the values and character sets.
 * @throws PIXELS_NOT_DICOM, PIXELS_FILE_DAMAGED if the data starts as DICOM and is truncated or damaged
 */
export function parseDicomFile(bytes: Uint8Array<ArrayBuffer>): DicomFile {
  if (!hasPreamble(bytes) && !startsWithGroup8(bytes)) throw notDicom()
  try {
    const plain = asPlainPart10(bytes)
    const { elements: structure, part10 } = readStructure(plain.part10, plain.transferSyntaxUid)
    const element = structure.elements['x7fe00010']
    return {
      transferSyntaxUid: plain.transferSyntaxUid,
      dataset: readAttributes(part10, structure, plain.transferSyntaxUid),
      pixelData: element === undefined ? undefined : pixelDataOf(part10, element),
    }
  } catch (error) {
    throw fileDamaged(describe(error))
  }
}

/** The file with a preamble and meta header, inflated if it was deflated. */
function asPlainPart10(bytes: Uint8Array<ArrayBuffer>): { transferSyntaxUid: string; part10: Uint8Array<ArrayBuffer> } {
  if (!hasPreamble(bytes)) return withGuessedSyntax(bytes)
  const meta = readMetaHeader(bytes)
  const uid = meta.elements['x00020010'] && meta.string('x00020010')
  if (uid === undefined || uid === '') return withGuessedSyntax(bytes.subarray(datasetOffset(bytes)))
  if (uid !== transferSyntax.deflated) return { transferSyntaxUid: uid, part10: bytes }
  const inflated = inflateRawSync(bytes.subarray(datasetOffset(bytes)), { maxOutputLength: maxInflatedBytes })
  return { transferSyntaxUid: uid, part10: withMetaHeader(inflated, transferSyntax.explicitLittleEndian) }
}

/** For a bare data set, or one whose meta header has no transfer syntax. */
function withGuessedSyntax(dataset: Uint8Array): { transferSyntaxUid: string; part10: Uint8Array<ArrayBuffer> } {
  const uid = guessTransferSyntax(dataset)
  return { transferSyntaxUid: uid, part10: withMetaHeader(dataset, uid) }
}

function hasPreamble(bytes: Uint8Array): boolean {
  return bytes.length > 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM'
}

/** Offset of the data set, after the meta header, whose first element (0002,0000) is its length. */
function datasetOffset(bytes: Uint8Array): number {
  if (readMetaHeader(bytes).elements['x00020000'] === undefined) throw new Error('the meta header has no length')
  return metaHeaderEnd(bytes)
}

/** Whether the bytes start with a little-endian element of group 0008, as a bare data set does. */
function startsWithGroup8(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && bytes[0] === 0x08 && bytes[1] === 0x00
}

/** Explicit VR is recognised by the two letters of the VR. */
function guessTransferSyntax(bytes: Uint8Array): string {
  const vr = String.fromCharCode(...bytes.subarray(4, 6))
  return /^[A-Z]{2}$/.test(vr) ? transferSyntax.explicitLittleEndian : transferSyntax.implicitLittleEndian
}

/** Prepends the smallest meta header that both parsers accept (PS3.10 7.1). */
function withMetaHeader(dataset: Uint8Array, transferSyntaxUid: string): Uint8Array<ArrayBuffer> {
  const uid = transferSyntaxUid.length % 2 === 0 ? transferSyntaxUid : `${transferSyntaxUid}\0`
  const header = new Uint8Array(132 + 12 + 8 + uid.length)
  const view = new DataView(header.buffer)
  const text = new TextEncoder()
  header.set(text.encode('DICM'), 128)
  view.setUint32(132, 0x0000_0002, true)
  header.set(text.encode('UL'), 136)
  view.setUint16(138, 4, true)
  view.setUint32(140, 8 + uid.length, true)
  view.setUint32(144, 0x0010_0002, true)
  header.set(text.encode('UI'), 148)
  view.setUint16(150, uid.length, true)
  header.set(text.encode(uid), 152)
  const file = new Uint8Array(header.length + dataset.length)
  file.set(header)
  file.set(dataset, header.length)
  return file
}

function readAttributes(
  part10: Uint8Array<ArrayBuffer>,
  structure: dicomParser.DataSet,
  transferSyntaxUid: string,
): DicomDataset {
  const buffer = part10.byteLength === part10.buffer.byteLength ? part10.buffer : part10.slice().buffer
  // `ignoreErrors` lets through multi-valued character sets (ISO 2022), which dcmjs otherwise refuses.
  const { dict } = dcmjs.data.DicomMessage.readFile(buffer, { ignoreErrors: true, untilTag: '7FE00010' })
  const attributes = Object.fromEntries(Object.entries(dict).filter(([tag]) => tag !== '7FE00010'))
  const byteOrder = transferSyntaxUid === transferSyntax.explicitBigEndian ? 'big endian' : 'little endian'
  return toDicomJson(withUnicodeTexts(attributes, structure), byteOrder)
}

function pixelDataOf(part10: Uint8Array, element: dicomParser.Element): PixelData {
  const view = (offset: number, length: number): Uint8Array => {
    if (offset + length > part10.length) throw new Error('Pixel Data ends before its length')
    return part10.subarray(offset, offset + length)
  }
  if (element.fragments === undefined) {
    return { kind: 'native', bytes: view(element.dataOffset, element.length), vr: element.vr }
  }
  const fragments = element.fragments.map((fragment) => view(fragment.position, fragment.length))
  return { kind: 'encapsulated', fragments }
}

function describe(error: unknown): string {
  if (typeof error === 'string') return error
  if (error instanceof Error) return error.message
  // dicom-parser throws `{ exception, dataSet }` when it stops in the middle of a file.
  return typeof error === 'object' && error !== null && 'exception' in error ? String(error.exception) : 'unreadable'
}
