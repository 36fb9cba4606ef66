import { type ResultKind, noPagePictures } from '../result-kind.ts'
import { comprehensive3dSr, structuredReport, structuredReportUids } from './structured-report.ts'

/** The Structured Report, one per study. */
export const structuredReportResult: ResultKind<'dicom', { readonly Results: { readonly StructuredReport: boolean } }> =
  {
    medium: 'dicom',
    builder({ Results }) {
      if (!Results.StructuredReport) return undefined
      return ({ prediction, resultKey }) => [
        {
          kind: 'structured-report',
          sopClassUid: comprehensive3dSr,
          ...structuredReportUids(resultKey),
          bytes: structuredReport(prediction, resultKey),
        },
      ]
    },
    files: (objects) => Promise.resolve(objects.map(({ bytes }) => ({ name: 'sr.dcm', bytes }))),
    pagePictures: noPagePictures,
  }
