import type { Prediction } from '../../classify/prediction.ts'
import { contentMoment } from '../../dicom/date-and-time.ts'
import { type NaturalDataset, writePart10 } from '../../dicom/dicom-writer.ts'
import { evidenceOf } from './evidence.ts'
import { measurementReport } from './measurement-report.ts'
import { notAnalysedReport } from './not-analysed-report.ts'
import { manufacturer, reportSeriesDescription } from './report-context.ts'
import { studyAttributes } from '../source-attributes.ts'
import { uidFor } from '../uids.ts'

/** Comprehensive 3D SR Storage. */
export const comprehensive3dSr = '1.2.840.10008.5.1.4.1.1.88.34'

/** Far above the series numbers that modalities use. */
const seriesNumber = 9701

/** UIDs of a result's report. */
export function structuredReportUids(resultKey: string): { sopInstanceUid: string; seriesInstanceUid: string } {
  return {
    sopInstanceUid: uidFor(resultKey, 'structured-report'),
    seriesInstanceUid: uidFor(resultKey, 'structured-report-series'),
  }
}

/** The study's Structured Report as a Part 10 file: complete and unverified, in its own series. */
export function structuredReport(prediction: Prediction, resultKey: string): Uint8Array<ArrayBuffer> {
  const content =
    prediction.kind === 'analysed' ? measurementReport(prediction, resultKey) : notAnalysedReport(prediction)
  const { date, time, offset } = contentMoment(prediction.analysedAt, prediction.source)
  const { sopInstanceUid, seriesInstanceUid } = structuredReportUids(resultKey)
  const dataset: NaturalDataset = {
    ...studyAttributes(prediction.source),
    SOPClassUID: comprehensive3dSr,
    SOPInstanceUID: sopInstanceUid,
    TimezoneOffsetFromUTC: offset,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    Modality: 'SR',
    SeriesInstanceUID: seriesInstanceUid,
    SeriesNumber: seriesNumber,
    SeriesDescription: reportSeriesDescription,
    ReferencedPerformedProcedureStepSequence: [],
    Manufacturer: manufacturer,
    ManufacturerModelName: `${prediction.model.name} ${prediction.model.version}`,
    DeviceSerialNumber: prediction.model.digest.slice(0, 16),
    SoftwareVersions: prediction.model.version,
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'PRELIMINARY',
    PerformedProcedureCodeSequence: [],
    ...predecessor(prediction),
    CurrentRequestedProcedureEvidenceSequence: evidence(prediction),
    ...content,
  }
  return writePart10(dataset)
}

/** The superseded report (Predecessor Documents Sequence, PS3.3 C.17.2). */
function predecessor({ supersedes, studyInstanceUid }: Prediction): Readonly<Record<string, unknown>> {
  if (supersedes === undefined) return {}
  const { sopInstanceUid, seriesInstanceUid } = structuredReportUids(supersedes)
  const report = { ReferencedSOPClassUID: comprehensive3dSr, ReferencedSOPInstanceUID: sopInstanceUid }
  const series = { SeriesInstanceUID: seriesInstanceUid, ReferencedSOPSequence: [report] }
  return {
    PredecessorDocumentsSequence: [{ StudyInstanceUID: studyInstanceUid, ReferencedSeriesSequence: [series] }],
  }
}

/** All images that the content refers to. */
function evidence(prediction: Prediction): readonly unknown[] {
  const analysed = prediction.kind === 'analysed' ? prediction.images : []
  const headers = [...analysed, ...prediction.notAnalysed].map((image) => image.header)
  return evidenceOf(prediction.studyInstanceUid, headers)
}
