import type { Prediction } from '../../classify/prediction.ts'
import { type Code, codes } from '../codes.ts'
import { type ContentItem, codeItem, compositeItem, imageItem, rootContainer, textItem } from './content-item.ts'
import { contentMoment } from '../../dicom/date-and-time.ts'
import { writePart10 } from '../../dicom/dicom-writer.ts'
import { evidenceOf } from './evidence.ts'
import { manufacturer, observerItems } from './report-context.ts'
import type { DicomObject } from '../result-objects.ts'
import { studyAttributes } from '../source-attributes.ts'
import { uidFor } from '../uids.ts'
import { type WithdrawalCause, withdrawnSentence } from '../withdrawal-cause.ts'
import { notForDiagnosticUse } from '../wording.ts'

/** Key Object Selection Document Storage. */
const keyObjectSelection = '1.2.840.10008.5.1.4.1.1.88.59'

/** After the series of Structured Report, picture and Segmentation. */
const seriesNumber = 9709

/** The withdrawn result. */
interface RejectedResult {
  readonly prediction: Prediction
  readonly resultKey: string
  /** The objects of the result that were stored. */
  readonly objects: readonly [DicomObject, ...DicomObject[]]
  readonly cause: WithdrawalCause
  /** ISO 8601 with zone. */
  readonly at: string
}

/** Series Instance UID of a result's rejection note. */
export function rejectionNoteSeries(resultKey: string): string {
  return uidFor(resultKey, 'rejection-note-series')
}

/**
 * The note by which an archive takes objects out of use: a Key Object Selection (PS3.3 A.35.4, TID 2010) as a Rejection
 * Note of IHE Imaging Object Change Management (RAD TF-3 4.66). The same arguments give the same bytes.
 */
export function rejectionNote(rejected: RejectedResult): DicomObject {
  const { prediction, resultKey } = rejected
  const uids = {
    sopInstanceUid: uidFor(resultKey, 'rejection-note'),
    seriesInstanceUid: rejectionNoteSeries(resultKey),
  }
  const { date, time, offset } = contentMoment(rejected.at, prediction.source)
  const bytes = writePart10({
    ...studyAttributes(prediction.source),
    SOPClassUID: keyObjectSelection,
    SOPInstanceUID: uids.sopInstanceUid,
    TimezoneOffsetFromUTC: offset,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    Modality: 'KO',
    SeriesInstanceUID: uids.seriesInstanceUid,
    SeriesNumber: seriesNumber,
    SeriesDescription: 'Pneumonia triage: withdrawn results',
    ReferencedPerformedProcedureStepSequence: [],
    Manufacturer: manufacturer,
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
    CurrentRequestedProcedureEvidenceSequence: evidenceOf(prediction.studyInstanceUid, rejected.objects),
    ...content(rejected),
  })
  return { kind: 'rejection-note', sopClassUid: keyObjectSelection, ...uids, bytes }
}

/** SR Storage classes (PS3.4 B.5) share this root; all our other objects have pixels. */
const documentClasses = '1.2.840.10008.5.1.4.1.1.88.'

function isDocument({ sopClassUid }: DicomObject): boolean {
  return sopClassUid.startsWith(documentClasses)
}

/**
 * "For Patient Safety Reasons" because an unreliable result must not be shown; "for Quality Reasons" is for images that
 * had to be repeated; "Incorrect Modality Worklist Entry" for images of another patient (CID 7011).
 */
const titles: Readonly<Record<WithdrawalCause, Code>> = {
  'model-retracted': codes.rejectedForPatientSafety,
  'another-patient': codes.incorrectWorklistEntry,
  'source-rejected': codes.rejectedForPatientSafety,
  'study-moved': codes.incorrectWorklistEntry,
}

function content({ prediction, objects, cause, at }: RejectedResult): ContentItem {
  const reason = `${withdrawnSentence({ cause, model: prediction.model, at })} ${notForDiagnosticUse}.`
  return rootContainer(titles[cause], '2010', [
    codeItem('HAS CONCEPT MOD', codes.language, codes.english),
    ...observerItems(prediction.model),
    textItem('CONTAINS', codes.keyObjectDescription, reason),
    ...objects.map((object) => (isDocument(object) ? compositeItem : imageItem)('CONTAINS', object)),
  ])
}
