import type { DicomDataset } from '../dicom/dataset.ts'
import { textOf } from '../dicom/element-values.ts'
import type { ImageRef } from './archive.ts'
import { imageDiffers, patientsDiffer } from './errors.ts'
import { readImageHeader } from './image-header.ts'

/** What tells images and patients apart, with the attribute's keyword. Undefined: absent or empty. */
export interface AskedImage {
  readonly StudyInstanceUID: string | undefined
  readonly SeriesInstanceUID: string | undefined
  readonly SOPInstanceUID: string | undefined
  readonly PatientID: string | undefined
  readonly IssuerOfPatientID: string | undefined
}

/** @param header as the archive listed it */
export function askedImageOf(header: DicomDataset): AskedImage {
  return {
    StudyInstanceUID: textOf(header, '0020000D'),
    SeriesInstanceUID: textOf(header, '0020000E'),
    SOPInstanceUID: textOf(header, '00080018'),
    PatientID: textOf(header, '00100020'),
    IssuerOfPatientID: textOf(header, '00100021'),
  }
}

/**
 * An image in the archive by its header.
 * @throws INTAKE_HEADER_INCOMPLETE
 */
export function imageRefOf(header: DicomDataset): ImageRef {
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = readImageHeader(header)
  return { studyInstanceUid, seriesInstanceUid, sopInstanceUid, patientId: askedImageOf(header).PatientID }
}

/**
 * Holds a file's own header against what was asked for. An archive whose index is damaged or that changes meanwhile
 * sends the file of another child.
 * @throws INTAKE_IMAGE_DIFFERS
 */
export function requireAskedImage(file: DicomDataset, asked: AskedImage): void {
  const found = askedImageOf(file)
  for (const keyword of ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID', 'PatientID'] as const)
    if (found[keyword] !== asked[keyword]) throw imageDiffers(keyword)
  if (contradict(found.IssuerOfPatientID, asked.IssuerOfPatientID)) throw imageDiffers('IssuerOfPatientID')
}

/**
 * Whether all images of a study say that they are one patient's.
 * @throws INTAKE_PATIENTS_DIFFER
 */
export function requireOnePatient(headers: readonly DicomDataset[]): void {
  const [first, ...others] = headers.map(askedImageOf)
  for (const other of others) {
    if (other.PatientID !== first!.PatientID) throw patientsDiffer('PatientID')
    if (contradict(other.IssuerOfPatientID, first!.IssuerOfPatientID)) throw patientsDiffer('IssuerOfPatientID')
  }
}

/** Whether both are given and differ: some archives list no issuer. */
function contradict(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other
}
