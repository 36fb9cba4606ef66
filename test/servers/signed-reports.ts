import { codes } from '../../src/report/codes.ts'
import { type ContentItem, codeItem, container, rootContainer, textItem } from '../../src/report/sr/content-item.ts'
import { writePart10 } from '../../src/dicom/dicom-writer.ts'
import { type DicomSample, newUid } from './dicom-samples.ts'

/** Comprehensive SR Storage. */
const comprehensiveSr = '1.2.840.10008.5.1.4.1.1.88.33'

export interface SignedReportOptions {
  readonly studyInstanceUid: string
  readonly content: readonly [ContentItem, ...ContentItem[]]
  readonly verification?: 'VERIFIED' | 'UNVERIFIED'
  /** `YYYYMMDDHHMMSS` */
  readonly verifiedAt?: string
}

/** Makes a radiologist's Structured Report. */
export function radiologistsReport(options: SignedReportOptions): DicomSample {
  const { studyInstanceUid, content, verification = 'VERIFIED', verifiedAt = '20240301120000' } = options
  const uids = {
    sopClassUid: comprehensiveSr,
    studyInstanceUid,
    seriesInstanceUid: newUid(),
    sopInstanceUid: newUid(),
  }
  const observer = {
    VerifyingObserverName: 'Reader^Reading',
    VerifyingOrganization: 'Hospital',
    VerificationDateTime: verifiedAt,
    VerifyingObserverIdentificationCodeSequence: [],
  }
  const bytes = writePart10({
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: uids.sopClassUid,
    SOPInstanceUID: uids.sopInstanceUid,
    StudyInstanceUID: studyInstanceUid,
    SeriesInstanceUID: uids.seriesInstanceUid,
    StudyDate: '20240301',
    StudyTime: '101500',
    AccessionNumber: 'ACC-1',
    Modality: 'SR',
    PatientName: 'Sample^Child',
    PatientID: 'SAMPLE-1',
    StudyID: '1',
    SeriesNumber: '2',
    InstanceNumber: '1',
    ContentDate: verifiedAt.slice(0, 8),
    ContentTime: verifiedAt.slice(8),
    CompletionFlag: 'COMPLETE',
    VerificationFlag: verification,
    ...(verification === 'VERIFIED' && { VerifyingObserverSequence: [observer] }),
    ...rootContainer(codes.diagnosticImagingStudy, '2000', content),
  })
  return { ...uids, patientId: 'SAMPLE-1', bytes }
}

/** A measurement group (TID 1410) with a finding and, if given, its presence. */
export function findingGroup(
  finding: (typeof codes)[keyof typeof codes],
  presence?: 'present' | 'absent',
): ContentItem {
  return container('CONTAINS', codes.measurementGroup, [
    codeItem('CONTAINS', codes.finding, finding),
    ...(presence === undefined ? [] : [codeItem('CONTAINS', codes.presence, codes[presence])]),
  ])
}

/** A conclusion in prose. */
export function prose(text: string): ContentItem {
  return textItem('CONTAINS', codes.conclusion, text)
}
