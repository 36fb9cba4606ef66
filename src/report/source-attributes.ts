import type { DicomDataset } from '../dicom/dataset.ts'
import { exactTextOf, itemsOf, textOf, withoutControls } from '../dicom/element-values.ts'
import { accessionNumberOf } from '../dicom/identifying-text.ts'

/** A person's name by its component groups (PS3.5 6.2.1), without empty groups. */
export type PersonName = Readonly<Partial<Record<(typeof nameGroups)[number], string>>>

const nameGroups = ['Alphabetic', 'Ideographic', 'Phonetic'] as const

/**
 * The Patient and General Study attributes of a result in dcmjs's naturalized form, copied from its source image, so
 * that archives file it with its patient and study. Type 2 attributes are present even if empty.
 * @param source header of the source image, already decoded to Unicode; the result therefore always declares ISO_IR 192
 */
export function studyAttributes(source: DicomDataset): Readonly<Record<string, unknown>> {
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    ...patientAttributes(source),
    StudyInstanceUID: textOf(source, '0020000D') ?? '',
    StudyDate: dateOf(source, '00080020') ?? '',
    StudyTime: timeOf(source, '00080030') ?? '',
    StudyID: textOf(source, '00200010') ?? '',
    AccessionNumber: accessionNumberOf(source) ?? '',
    ReferringPhysicianName: personNameOf(source, '00080090') ?? '',
    ...whereGiven({ StudyDescription: textOf(source, '00081030') }),
  }
}

function patientAttributes(source: DicomDataset): Readonly<Record<string, unknown>> {
  return {
    PatientName: personNameOf(source, '00100010') ?? '',
    PatientID: exactTextOf(source, '00100020') ?? '',
    PatientBirthDate: dateOf(source, '00100030') ?? '',
    PatientSex: sexOf(source) ?? '',
    ...whereGiven({
      IssuerOfPatientID: exactTextOf(source, '00100021'),
      PatientAge: matching(source, '00101010', /^\d{3}[DWMY]$/),
    }),
    ...issuerQualifiers(source),
  }
}

/** The universal identifier of the issuer, without which an archive could file the result with another patient. */
function issuerQualifiers(source: DicomDataset): Readonly<Record<string, unknown>> {
  const items = itemsOf(source, '00100024').map((item) =>
    whereGiven({
      UniversalEntityID: exactTextOf(item, '00400032'),
      UniversalEntityIDType: exactTextOf(item, '00400033'),
    }),
  )
  return items.length === 0 ? {} : { IssuerOfPatientIDQualifiersSequence: items }
}

/** Patient's Sex: M, F or O. */
export function sexOf(source: DicomDataset): string | undefined {
  return matching(source, '00100040', /^[MFO]$/)
}

/** A value that violates its VR would invalidate the whole object, so it is not copied. */
function matching(source: DicomDataset, tag: string, valid: RegExp): string | undefined {
  const text = textOf(source, tag)?.toUpperCase()
  return text !== undefined && valid.test(text) ? text : undefined
}

/** DA. Its form before DICOM 3.0 was `YYYY.MM.DD` (PS3.5 6.2). */
export function dateOf(source: DicomDataset, tag: string): string | undefined {
  return matching(source, tag, /^\d{4}\.?\d{2}\.?\d{2}$/)?.replaceAll('.', '')
}

/** TM. Its form before DICOM 3.0 was `HH:MM:SS` (PS3.5 6.2). */
export function timeOf(source: DicomDataset, tag: string): string | undefined {
  return matching(source, tag, /^\d{2}(:?\d{2}(:?\d{2}(\.\d{1,6})?)?)?$/)?.replaceAll(':', '')
}

/**
 * DICOM JSON has names as objects. Some servers and parsers give plain text. A name of several values is omitted,
 * because the first could be another person's.
 */
export function personNameOf(source: DicomDataset, tag: string): PersonName | string | undefined {
  const [value, ...others] = source[tag]?.Value ?? []
  if (others.length > 0) return undefined
  if (typeof value !== 'object' || value === null) return textOf(source, tag)
  const given = new Map<string, unknown>(Object.entries(value))
  const groups = nameGroups.flatMap((group) => {
    const text = given.get(group)
    const written = typeof text === 'string' ? withoutControls(text) : ''
    return written === '' ? [] : [[group, written] as const]
  })
  return groups.length === 0 ? undefined : Object.fromEntries(groups)
}

function whereGiven(attributes: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([keyword, value]) => (value === undefined ? [] : [[keyword, value]])),
  )
}
