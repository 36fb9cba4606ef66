import { codes } from '../report/codes.ts'
import type { Reading } from './opinion.ts'

/** A code in a reader's report, in DICOM or FHIR. */
export interface ReaderCode {
  /** Coding scheme designator (DICOM) or code system URI (FHIR). */
  readonly system: string
  readonly value: string
  /** Meaning (DICOM) or display (FHIR). */
  readonly meaning: string
}

/** SNOMED CT in DICOM (PS3.16 8.1: `SCT` or its OID) and FHIR. */
const snomedSystems = new Set(['SCT', '2.16.840.1.113883.6.96', 'http://snomed.info/sct'])

/** ICD-10 and its national editions: `I10` and variants in DICOM; `…/icd-10`, `…/icd-10-cm`, `…/icd-10-gm` in FHIR. */
const icd10System = /^I10[A-Z]?$|\bicd-?10\b/i

/** The codes for pneumonia and its kinds that reports use most. All descendants would need a terminology server. */
const snomedPneumonia = new Set<string>([
  codes.pneumonia.value,
  codes.bacterialPneumonia.value,
  codes.viralPneumonia.value,
  '385093006', // Community acquired pneumonia
  '278516003', // Lobar pneumonia
  '396285007', // Bronchopneumonia
  '422588002', // Aspiration pneumonia
  '233606009', // Atypical pneumonia
  '233607000', // Pneumococcal pneumonia
])

/** J12 to J18: all pneumonia codes of ICD-10, with or without the point (`J18.9`, `J189`). */
const icd10Pneumonia = /^J1[2-8](\.?\w+)?$/i

/**
 * Meaning of a code. `unsure`: mentions pneumonia, but is not a known code, so nothing is concluded. `other`: another
 * diagnosis of a vocabulary whose pneumonia codes we know. `foreign`: any other vocabulary.
 */
type CodeSense = 'pneumonia' | 'other' | 'unsure' | 'foreign'

export function senseOf({ system, value, meaning }: ReaderCode): CodeSense {
  const snomed = snomedSystems.has(system)
  const icd10 = icd10System.test(system)
  if ((snomed && snomedPneumonia.has(value)) || (icd10 && icd10Pneumonia.test(value))) return 'pneumonia'
  if (/pneumon/i.test(meaning)) return 'unsure'
  return snomed || icd10 ? 'other' : 'foreign'
}

/** Absent: CID 240 has 272519000; some templates use 2667000. */
const presences: Readonly<Record<string, Reading>> = {
  [codes.present.value]: 'present',
  [codes.absent.value]: 'absent',
  '2667000': 'absent',
}

/** Reading of a presence code; undefined for "undetermined" and all others. */
export function presenceOf({ system, value }: ReaderCode): Reading | undefined {
  return snomedSystems.has(system) ? presences[value] : undefined
}
