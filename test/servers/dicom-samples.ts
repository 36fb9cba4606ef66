import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'

/** A DICOM file made for a test, with its UIDs. */
export interface DicomSample {
  readonly sopClassUid: string
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  readonly sopInstanceUid: string
  readonly patientId: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Properties of a sample. UIDs that are not given are new. */
export interface SampleOptions {
  readonly studyInstanceUid?: string
  readonly seriesInstanceUid?: string
  readonly sopInstanceUid?: string
  readonly rows?: number
  readonly columns?: number
  /** Attributes by keyword that override the defaults; undefined removes one. */
  readonly tags?: Readonly<Record<string, unknown>>
}

/** The part of dcmjs used here; dcmjs has no types. */
interface Dcmjs {
  readonly data: {
    readonly DicomDict: new (meta: Record<string, unknown>) => { dict: unknown; write(): ArrayBuffer }
    readonly DicomMetaDictionary: { denaturalizeDataset(dataset: Record<string, unknown>): unknown }
  }
}
const { DicomDict, DicomMetaDictionary } = (createRequire(import.meta.url)('dcmjs') as Dcmjs).data

const explicitVrLittleEndian = '1.2.840.10008.1.2.1'
const computedRadiographyImageStorage = '1.2.840.10008.5.1.4.1.1.1'

/** A new UID in the 2.25 root (PS3.5 B.2). */
export function newUid(): string {
  return `2.25.${BigInt(`0x${randomBytes(15).toString('hex')}`)}`
}

/** A CR file of a three-year-old's chest, AP, with synthetic 12-bit pixels: two dark lung fields on a bright body. */
export function childChestRadiograph(options: SampleOptions = {}): DicomSample {
  const { rows = 64, columns = 64, tags = {} } = options
  const uids = {
    sopClassUid: computedRadiographyImageStorage,
    studyInstanceUid: options.studyInstanceUid ?? newUid(),
    seriesInstanceUid: options.seriesInstanceUid ?? newUid(),
    sopInstanceUid: options.sopInstanceUid ?? newUid(),
  }
  const dataset: Record<string, unknown> = {
    SpecificCharacterSet: 'ISO_IR 192',
    ImageType: ['ORIGINAL', 'PRIMARY'],
    SOPClassUID: uids.sopClassUid,
    SOPInstanceUID: uids.sopInstanceUid,
    StudyDate: '20240301',
    StudyTime: '101500',
    AccessionNumber: 'ACC-1',
    Modality: 'CR',
    Manufacturer: 'Lung Triage tests',
    StudyDescription: 'Chest AP',
    ReferringPhysicianName: '',
    PatientName: 'Sample^Child',
    PatientID: 'SAMPLE-1',
    PatientBirthDate: '20201115',
    PatientSex: 'F',
    BodyPartExamined: 'CHEST',
    ViewPosition: 'AP',
    StudyInstanceUID: uids.studyInstanceUid,
    SeriesInstanceUID: uids.seriesInstanceUid,
    StudyID: '1',
    SeriesNumber: '1',
    InstanceNumber: '1',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    PixelData: [chestPixels(rows, columns).buffer],
    ...tags,
    _vrMap: { PixelData: 'OW' },
  }
  const present = Object.fromEntries(Object.entries(dataset).filter(([, value]) => value !== undefined))
  return { ...uids, patientId: present['PatientID'] as string, bytes: part10File(uids, present) }
}

function part10File(
  uids: { readonly sopClassUid: string; readonly sopInstanceUid: string },
  dataset: Record<string, unknown>,
): Uint8Array<ArrayBuffer> {
  const file = new DicomDict({
    '00020002': { vr: 'UI', Value: [uids.sopClassUid] },
    '00020003': { vr: 'UI', Value: [uids.sopInstanceUid] },
    '00020010': { vr: 'UI', Value: [explicitVrLittleEndian] },
  })
  file.dict = DicomMetaDictionary.denaturalizeDataset(dataset)
  return new Uint8Array(file.write())
}

function chestPixels(rows: number, columns: number): Uint16Array<ArrayBuffer> {
  const pixels = new Uint16Array(rows * columns)
  for (let index = 0; index < pixels.length; index++) {
    const x = ((index % columns) + 0.5) / columns - 0.5
    const y = (Math.floor(index / columns) + 0.5) / rows - 0.5
    const insideLung = ((Math.abs(x) - 0.22) / 0.14) ** 2 + (y / 0.34) ** 2 < 1
    pixels[index] = insideLung ? 700 : 2800
  }
  return pixels
}
