import type { DicomDataset } from '../../dicom/dataset.ts'
import { textOf } from '../../dicom/element-values.ts'
import { type PersonName, dateOf, personNameOf, sexOf } from '../source-attributes.ts'

/** Whose a study is, as its images say (PS3.3 C.7.1.1, C.7.2.1). Undefined: absent or empty. */
export interface PatientIdentity {
  readonly patientId: string | undefined
  readonly issuerOfPatientId: string | undefined
  readonly patientName: PersonName
  /** `YYYYMMDD`. */
  readonly patientBirthDate: string | undefined
  /** M, F or O. */
  readonly patientSex: string | undefined
  /** The order, which belongs to one patient. */
  readonly accessionNumber: string | undefined
}

/** @param source header of an image */
export function identityOf(source: DicomDataset): PatientIdentity {
  const name = personNameOf(source, '00100010')
  return {
    patientId: textOf(source, '00100020'),
    issuerOfPatientId: textOf(source, '00100021'),
    patientName: typeof name === 'string' ? { Alphabetic: name } : (name ?? {}),
    patientBirthDate: dateOf(source, '00100030'),
    patientSex: sexOf(source),
    accessionNumber: textOf(source, '00080050'),
  }
}

/** The identity as one text, the same for equal identities only. */
export function identityText(identity: PatientIdentity): string {
  const { patientId, issuerOfPatientId, patientName, patientBirthDate, patientSex, accessionNumber } = identity
  const { Alphabetic, Ideographic, Phonetic } = patientName
  const name = [Alphabetic, Ideographic, Phonetic]
  return JSON.stringify([patientId, issuerOfPatientId, ...name, patientBirthDate, patientSex, accessionNumber])
}
