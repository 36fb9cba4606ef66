import dcmjs from 'dcmjs'
import { transferSyntax } from './transfer-syntax.ts'

/** A data set by keyword, in dcmjs's "natural" form. */
export type NaturalDataset = Readonly<Record<string, unknown>> & {
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
}

/** Our Implementation Class UID (PS3.7 D.3.3.2), derived from a UUID once for this program. */
const implementationClassUid = '2.25.228117365514926482213742904617185226701'

/** Writes a data set as `writePart10` does, with Pixel Data as its last element: bytes as OB, words as OW. */
export function writeImage(dataset: NaturalDataset, samples: Uint8Array | Uint16Array): Uint8Array<ArrayBuffer> {
  const { bytes, pixels } = imageFile(dataset, samples.BYTES_PER_ELEMENT === 1 ? 'OB' : 'OW', samples.byteLength)
  pixels.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
  return bytes
}

/** A file whose pixels are still 0. The caller writes them in place, because a copy would double the memory. */
export interface ImageFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The value of Pixel Data in `bytes`, without its padding. */
  readonly pixels: Uint8Array<ArrayBuffer>
}

/** @param pixelBytes length of the pixels */
export function imageFile(dataset: NaturalDataset, vr: 'OB' | 'OW', pixelBytes: number): ImageFile {
  const head = writePart10(dataset)
  const start = head.length + pixelDataHeaderBytes
  // Values have an even number of bytes (PS3.5 7.1.1).
  const length = pixelBytes + (pixelBytes % 2)
  const bytes = new Uint8Array(start + length)
  bytes.set(head)
  writePixelDataHeader(new DataView(bytes.buffer, head.length), vr, length)
  return { bytes, pixels: bytes.subarray(start, start + pixelBytes) }
}

const pixelDataHeaderBytes = 12

/**
 * Tag (7FE0,0010), VR, two reserved bytes, length (PS3.5 7.1.2). Written here because dcmjs takes 50 ms to copy a
 * picture's pixels.
 */
function writePixelDataHeader(view: DataView, vr: 'OB' | 'OW', length: number): void {
  view.setUint16(0, 0x7fe0, true)
  view.setUint16(2, 0x0010, true)
  view.setUint8(4, vr.charCodeAt(0))
  view.setUint8(5, vr.charCodeAt(1))
  view.setUint32(8, length, true)
}

/** Writes a data set as a Part 10 file in Explicit VR Little Endian. The same data set always gives the same bytes. */
export function writePart10(dataset: NaturalDataset): Uint8Array<ArrayBuffer> {
  const { DicomDict, DicomMetaDictionary } = dcmjs.data
  const meta = DicomMetaDictionary.denaturalizeDataset({
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: dataset.SOPClassUID,
    MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
    TransferSyntaxUID: transferSyntax.explicitLittleEndian,
    ImplementationClassUID: implementationClassUid,
    ImplementationVersionName: 'LUNG_TRIAGE',
  })
  const file = new DicomDict(meta)
  file.dict = DicomMetaDictionary.denaturalizeDataset(dataset)
  return new Uint8Array(file.write({ allowInvalidVRLength: true }))
}
