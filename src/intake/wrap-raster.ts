import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { writeImage } from '../dicom/dicom-writer.ts'
import { TriageError } from '../errors/triage-error.ts'
import { computedRadiographyImageStorage } from './eligibility.ts'
import { rasterTooLarge, rasterUnreadable } from './raster-errors.ts'

/** Far above any radiograph; a header that claims more is malicious or corrupt. */
const maxPixels = 100e6

/** A gray picture, 0 = black, row-major, top row first. */
export interface GrayRaster {
  readonly width: number
  readonly height: number
  readonly samples: Uint8Array | Uint16Array
  /** Size in bytes of the lossy JPEG that the pixels came from (PS3.3 C.7.6.1.1.5). */
  readonly jpegBytes?: number
}

/**
 * Attributes that a picture file does not hold. Unknown ones stay empty, and results say so.
 * Names must be artificial, because the picture's patient is unknown.
 */
export interface RasterLabels {
  readonly patientName: string
  readonly patientId: string
  /** For example `003Y`. */
  readonly patientAge?: string
  readonly patientSex?: 'F' | 'M' | 'O'
  readonly viewPosition?: 'AP' | 'PA'
  readonly studyTime?: Date
  readonly accessionNumber?: string
  readonly studyDescription: string
  readonly seriesDescription: string
  readonly imageComments?: string
  /** A different seed makes a different study of the same picture. */
  readonly uidSeed?: string
}

const unknownOrigin: RasterLabels = {
  patientName: 'Picture^File',
  patientId: 'PICTURE-FILE',
  studyDescription: 'Chest radiograph from a picture file',
  seriesDescription: 'Wrapped picture, for research',
}

/** Whether bytes are a PNG or a JPEG, by their signature. */
export function isRaster(bytes: Uint8Array): boolean {
  return isJpeg(bytes) || startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
}

/**
 * Wraps a PNG or JPEG as a Part 10 file: one CR image of a chest, in a study of its own. The same file with the same
 * labels gives the same bytes.
 * @throws INTAKE_RASTER_UNREADABLE, INTAKE_RASTER_TOO_LARGE
 */
export async function wrapRaster(
  bytes: Uint8Array,
  labels: RasterLabels = unknownOrigin,
): Promise<Uint8Array<ArrayBuffer>> {
  return wrapGray(await decodeGray(bytes), labels)
}

/** Wraps gray samples in the same way as `wrapRaster` wraps a file. */
export function wrapGray(raster: GrayRaster, labels: RasterLabels): Uint8Array<ArrayBuffer> {
  const uids = uidsOf(raster, labels)
  const dataset = { ...identification(labels, uids), ...imagePixel(raster) }
  return writeImage(
    { ...dataset, SOPClassUID: computedRadiographyImageStorage, SOPInstanceUID: uids.image },
    raster.samples,
  )
}

async function decodeGray(bytes: Uint8Array): Promise<GrayRaster> {
  try {
    const image = sharp(bytes, { limitInputPixels: false })
    const { width, height, depth } = await image.metadata()
    if (width * height > maxPixels) throw rasterTooLarge(width, height, maxPixels)
    const deep = depth === 'ushort'
    const { data, info } = await image
      .autoOrient()
      .flatten()
      .toColourspace(deep ? 'grey16' : 'b-w')
      .raw({ depth: deep ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const own = new Uint8Array(data)
    return {
      width: info.width,
      height: info.height,
      samples: deep ? new Uint16Array(own.buffer) : own,
      ...(isJpeg(bytes) && { jpegBytes: bytes.length }),
    }
  } catch (error) {
    if (error instanceof TriageError) throw error
    throw rasterUnreadable(error instanceof Error ? error.message : String(error))
  }
}

interface Uids {
  readonly study: string
  readonly series: string
  readonly image: string
}

/** Patient, study, series and equipment (PS3.3 A.2: Computed Radiography Image IOD). */
function identification(labels: RasterLabels, uids: Uids): Record<string, unknown> {
  const [date, time] = dicomDateTime(labels.studyTime)
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    StudyDate: date,
    StudyTime: time,
    AccessionNumber: labels.accessionNumber ?? '',
    Modality: 'CR',
    Manufacturer: 'Lung Triage (picture file)',
    ReferringPhysicianName: '',
    StudyDescription: labels.studyDescription,
    SeriesDescription: labels.seriesDescription,
    PatientName: labels.patientName,
    PatientID: labels.patientId,
    PatientBirthDate: '',
    PatientSex: labels.patientSex ?? '',
    ...(labels.patientAge !== undefined && { PatientAge: labels.patientAge }),
    PatientIdentityRemoved: 'YES',
    DeidentificationMethod: 'The picture had no patient data; name and ID are artificial',
    BodyPartExamined: 'CHEST',
    ViewPosition: labels.viewPosition ?? '',
    StudyInstanceUID: uids.study,
    SeriesInstanceUID: uids.series,
    StudyID: '1',
    SeriesNumber: '1',
    InstanceNumber: '1',
    PatientOrientation: labels.viewPosition === undefined ? '' : ['L', 'F'],
    ...(labels.imageComments !== undefined && { ImageComments: labels.imageComments }),
  }
}

/** PS3.3 C.7.6.3, and C.7.6.1.1.5 for pixels that came from a JPEG. */
function imagePixel({ width, height, samples, jpegBytes }: GrayRaster): Record<string, unknown> {
  const bits = samples.BYTES_PER_ELEMENT * 8
  return {
    ImageType: ['DERIVED', 'PRIMARY'],
    ...(jpegBytes !== undefined && {
      LossyImageCompression: '01',
      LossyImageCompressionRatio: (samples.byteLength / jpegBytes).toFixed(2),
      LossyImageCompressionMethod: 'ISO_10918_1',
    }),
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: height,
    Columns: width,
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
  }
}

function dicomDateTime(time: Date | undefined): [date: string, time: string] {
  if (time === undefined) return ['', '']
  const digits = time.toISOString().replace(/[^0-9]/g, '')
  return [digits.slice(0, 8), digits.slice(8, 14)]
}

/** UIDs in the 2.25 root (PS3.5 B.2), derived from the pixels and labels. */
function uidsOf(raster: GrayRaster, labels: RasterLabels): Uids {
  const content = createHash('sha256')
    .update(JSON.stringify([labels, raster.width, raster.height]))
    .update(raster.samples)
    .digest('hex')
  const uid = (level: string): string => {
    const hash = createHash('sha256').update(`${level}:${content}`).digest()
    // RFC 9562: version 8 and variant bits make a name-based UUID of the hash.
    hash[6] = (hash[6]! & 0x0f) | 0x80
    hash[8] = (hash[8]! & 0x3f) | 0x80
    return `2.25.${BigInt(`0x${hash.subarray(0, 16).toString('hex')}`)}`
  }
  return { study: uid('study'), series: uid('series'), image: uid('image') }
}

function isJpeg(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0xff, 0xd8, 0xff])
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte)
}
