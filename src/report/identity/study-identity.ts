import type { DicomDataset } from '../../dicom/dataset.ts'
import { firstItem, textsOf } from '../../dicom/element-values.ts'
import { type PersonName, dateOf, personNameOf, sexOf } from '../source-attributes.ts'

/** Whose a study is, as its images say (PS3.3 C.7.1.1, C.7.2.1). Undefined: absent or empty. */
export interface StudyIdentity {
  readonly patientId: string | undefined
  readonly issuerOfPatientId: string | undefined
  /** The issuer's universal identifier with its type (PS3.3 10.14). */
  readonly issuerUniversalId: string | undefined
  readonly patientName: PersonName
  /** `YYYYMMDD`. */
  readonly patientBirthDate: string | undefined
  /** M, F or O. */
  readonly patientSex: string | undefined
  /** The order, which belongs to one patient. */
  readonly accessionNumber: string | undefined
}

/** @param source header of an image */
export function identityOf(source: DicomDataset): StudyIdentity {
  const name = personNameOf(source, '00100010')
  return {
    patientId: wholeTextOf(source, '00100020'),
    issuerOfPatientId: wholeTextOf(source, '00100021'),
    issuerUniversalId: universalIdOf(firstItem(source, '00100024')),
    patientName: typeof name === 'string' ? { Alphabetic: name } : (name ?? {}),
    patientBirthDate: dateOf(source, '00100030'),
    patientSex: sexOf(source),
    accessionNumber: wholeTextOf(source, '00080050'),
  }
}

/** All values, so that no two identities look alike because one of them is cut. */
function wholeTextOf(source: DicomDataset, tag: string): string | undefined {
  const values = textsOf(source, tag)
  return values.length === 0 ? undefined : values.join('\\')
}

function universalIdOf(qualifiers: DicomDataset | undefined): string | undefined {
  const [id, type] = ['00400032', '00400033'].map((tag) => qualifiers && wholeTextOf(qualifiers, tag))
  return id === undefined ? undefined : `${type?.toUpperCase() ?? ''} ${id}`
}

/** The identity as one text, the same for equal identities only. */
export function identityText(identity: StudyIdentity): string {
  const {
    patientId,
    issuerOfPatientId,
    issuerUniversalId,
    patientName,
    patientBirthDate,
    patientSex,
    accessionNumber,
  } = identity
  const { Alphabetic, Ideographic, Phonetic } = patientName
  const name = [Alphabetic, Ideographic, Phonetic]
  return JSON.stringify([
    patientId,
    issuerOfPatientId,
    issuerUniversalId,
    ...name,
    patientBirthDate,
    patientSex,
    accessionNumber,
  ])
}
