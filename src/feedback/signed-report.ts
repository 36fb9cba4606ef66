import type { DicomDataset } from '../dicom/dataset.ts'
import { firstItem, itemsOf, textOf } from '../dicom/element-values.ts'
import { codes } from '../report/codes.ts'
import type { Reading, ReportDocument } from './opinion.ts'
import { type ReaderCode, presenceOf, senseOf } from './reader-codes.ts'

const tag = {
  sopInstanceUid: '00080018',
  contentDate: '00080023',
  contentTime: '00080033',
  verificationFlag: '0040A493',
  verifyingObservers: '0040A073',
  verificationDateTime: '0040A030',
  content: '0040A730',
  conceptName: '0040A043',
  conceptCode: '0040A168',
  codeValue: '00080100',
  codingScheme: '00080102',
  codeMeaning: '00080104',
} as const

/** A Structured Report that a person has verified. */
export interface SignedReport {
  readonly document: ReportDocument
  /** Time of verification or writing in DICOM format, used for sorting. */
  readonly moment: string
  readonly reading: Reading | undefined
}

/** @returns undefined if the report is not verified (Verification Flag, PS3.3 C.17.2) */
export function signedReport(dataset: DicomDataset): SignedReport | undefined {
  const uid = textOf(dataset, tag.sopInstanceUid)
  if (uid === undefined || textOf(dataset, tag.verificationFlag) !== 'VERIFIED') return undefined
  const verified = itemsOf(dataset, tag.verifyingObservers).flatMap(
    (observer) => textOf(observer, tag.verificationDateTime) ?? [],
  )
  const written = `${textOf(dataset, tag.contentDate) ?? ''}${textOf(dataset, tag.contentTime) ?? ''}`
  return {
    // A changed report is a new object with a new UID.
    document: { id: uid, version: '1' },
    moment: verified.sort().at(-1) ?? written,
    reading: strongest(readingsBelow(dataset)),
  }
}

/** Present outweighs absent: pneumonia in one lung is pneumonia. */
function strongest(readings: readonly Reading[]): Reading | undefined {
  if (readings.includes('present')) return 'present'
  return readings.includes('absent') ? 'absent' : undefined
}

/** All statements about pneumonia in an item's content. */
function readingsBelow(item: DicomDataset): Reading[] {
  const children = itemsOf(item, tag.content)
  const presence = presenceAmong(children)
  const findings = children.filter((child) => isFindingName(codeIn(child, tag.conceptName)))
  // With two findings beside the presence, it is unclear to which one it refers.
  const beside = presence !== undefined && findings.length > 1 ? 'unknown' : presence
  return [...children.flatMap((child) => readingsOf(child, beside)), ...children.flatMap(readingsBelow)]
}

/** Presence beside or below a statement; `unknown` if it is stated but neither present nor absent. */
type Presence = Reading | 'unknown' | undefined

/**
 * A statement in one of three forms: a finding "pneumonia" with its presence below or beside it (TID 1410 and similar),
 * or a question "pneumonia" answered by its presence. A finding without a presence counts as present.
 */
function readingsOf(item: DicomDataset, presenceBeside: Presence): Reading[] {
  const name = codeIn(item, tag.conceptName)
  const value = codeIn(item, tag.conceptCode)
  if (value === undefined) return []
  if (name !== undefined && senseOf(name) === 'pneumonia') return known(presenceOf(value))
  if (senseOf(value) !== 'pneumonia' || !isFindingName(name)) return []
  return known(presenceAmong(itemsOf(item, tag.content)) ?? presenceBeside ?? 'present')
}

function known(presence: Presence): Reading[] {
  return presence === 'present' || presence === 'absent' ? [presence] : []
}

/** Concept names whose value is a diagnosis, unlike "history" or "reason for study". */
const findingNames = new Set<string>([codes.finding.value, codes.conclusion.value, '121073'])

/** Finding, Conclusion, Impression (DCM 121073, CID 6053). */
function isFindingName(name: ReaderCode | undefined): boolean {
  return name?.system === 'DCM' && findingNames.has(name.value)
}

function presenceAmong(items: readonly DicomDataset[]): Presence {
  const stated = items.find((item) => {
    const name = codeIn(item, tag.conceptName)
    return name?.system === 'DCM' && name.value === codes.presence.value
  })
  const value = stated && codeIn(stated, tag.conceptCode)
  return value && (presenceOf(value) ?? 'unknown')
}

function codeIn(item: DicomDataset, sequence: string): ReaderCode | undefined {
  const code = firstItem(item, sequence)
  const value = code && textOf(code, tag.codeValue)
  if (code === undefined || value === undefined) return undefined
  return { system: textOf(code, tag.codingScheme) ?? '', value, meaning: textOf(code, tag.codeMeaning) ?? '' }
}
