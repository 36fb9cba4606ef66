import type { DicomDataset } from '../dicom/dataset.ts'
import { textOf } from '../dicom/element-values.ts'

/** A person's name by its component groups (PS3.5 6.2.1); empty groups left out. */
export type PersonName = Readonly<Partial<Record<(typeof nameGroups)[number], string>>>

const nameGroups = ['Alphabetic', 'Ideographic', 'Phonetic'] as const

/**
 * The Patient and General Study attributes of a result, in dcmjs's natural form: copied from its source image, so that
 * archives file the result with the patient and study it is about. Attributes of type 2 stand there even when empty.
 * @param source the source image's header; its text is Unicode already, and so the result says ISO_IR 192 whatever the source said
 */
export function studyAttributes(source: DicomDataset): Readonly<Record<string, unknown>> {
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    ...patientAttributes(source),
    StudyInstanceUID: textOf(source, '0020000D') ?? '',
    StudyDate: dateOf(source, '00080020') ?? '',
    StudyTime: timeOf(source, '00080030') ?? '',
    StudyID: textOf(source, '00200010') ?? '',
    AccessionNumber: textOf(source, '00080050') ?? '',
    ReferringPhysicianName: personNameOf(source, '00080090') ?? '',
    ...whereGiven({ StudyDescription: textOf(source, '00081030') }),
  }
}

function patientAttributes(source: DicomDataset): Readonly<Record<string, unknown>> {
  return {
    PatientName: personNameOf(source, '00100010') ?? '',
    PatientID: textOf(source, '00100020') ?? '',
    PatientBirthDate: dateOf(source, '00100030') ?? '',
    PatientSex: sexOf(source) ?? '',
    ...whereGiven({
      IssuerOfPatientID: textOf(source, '00100021'),
      PatientAge: matching(source, '00101010', /^\d{3}[DWMY]$/),
    }),
  }
}

/** Patient's Sex: M, F or O. */
export function sexOf(source: DicomDataset): string | undefined {
  return matching(source, '00100040', /^[MFO]$/)
}

/** A value that is not of its VR makes a whole object invalid; it stays where it was written and is not copied on. */
function matching(source: DicomDataset, tag: string, valid: RegExp): string | undefined {
  const text = textOf(source, tag)?.toUpperCase()
  return text !== undefined && valid.test(text) ? text : undefined
}

/** DA; `YYYY.MM.DD` was its form before DICOM 3.0 (PS3.5 6.2). */
export function dateOf(source: DicomDataset, tag: string): string | undefined {
  return matching(source, tag, /^\d{4}\.?\d{2}\.?\d{2}$/)?.replaceAll('.', '')
}

/** TM; `HH:MM:SS` was its form before DICOM 3.0 (PS3.5 6.2). */
export function timeOf(source: DicomDataset, tag: string): string | undefined {
  return matching(source, tag, /^\d{2}(:?\d{2}(:?\d{2}(\.\d{1,6})?)?)?$/)?.replaceAll(':', '')
}

/** DICOM JSON has names as objects; some servers and parsers give the plain text of the file. */
export function personNameOf(source: DicomDataset, tag: string): PersonName | string | undefined {
  const value = source[tag]?.Value?.[0]
  if (typeof value !== 'object' || value === null) return textOf(source, tag)
  const given = new Map<string, unknown>(Object.entries(value))
  const groups = nameGroups.flatMap((group) => {
    const text = given.get(group)
    return typeof text === 'string' && text.trim() !== '' ? [[group, text.trim()] as const] : []
  })
  return groups.length === 0 ? undefined : Object.fromEntries(groups)
}

function whereGiven(attributes: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([keyword, value]) => (value === undefined ? [] : [[keyword, value]])),
  )
}
