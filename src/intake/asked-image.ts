import type { DicomDataset } from '../dicom/dataset.ts'
import { type PatientIdentity, mayBeSamePatient, patientIdentityOf } from '../dicom/patient-identity.ts'
import { textOf } from '../dicom/element-values.ts'
import type { ImageRef } from './archive.ts'
import { imageDiffers } from './errors.ts'
import { readImageHeader } from './image-header.ts'

/** What tells images and patients apart. Undefined: absent or empty. */
export interface AskedImage {
  readonly uids: Readonly<Record<'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID', string | undefined>>
  readonly patient: PatientIdentity | undefined
}

/**
 * @param header as the archive listed it
 * @throws DICOM_PATIENT_IDENTITY_INVALID
 */
export function askedImageOf(header: DicomDataset): AskedImage {
  return {
    uids: {
      StudyInstanceUID: textOf(header, '0020000D'),
      SeriesInstanceUID: textOf(header, '0020000E'),
      SOPInstanceUID: textOf(header, '00080018'),
    },
    patient: patientIdentityOf(header),
  }
}

/**
 * An image in the archive by its header.
 * @throws INTAKE_HEADER_INCOMPLETE, DICOM_PATIENT_IDENTITY_INVALID
 */
export function imageRefOf(header: DicomDataset): ImageRef {
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = readImageHeader(header)
  return { studyInstanceUid, seriesInstanceUid, sopInstanceUid, patientId: patientIdentityOf(header)?.id }
}

/**
 * Holds a file's own header against what was asked for. An archive whose index is damaged or that changes meanwhile
 * sends the file of another child.
 * @throws INTAKE_IMAGE_DIFFERS, DICOM_PATIENT_IDENTITY_INVALID
 */
export function requireAskedImage(file: DicomDataset, asked: AskedImage): void {
  const found = askedImageOf(file)
  for (const keyword of ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID'] as const)
    if (found.uids[keyword] !== asked.uids[keyword]) throw imageDiffers(keyword)
  if (!mayBeSamePatient(found.patient, asked.patient)) throw imageDiffers('Patient ID or issuer')
}
