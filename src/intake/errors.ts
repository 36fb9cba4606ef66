import { defineError } from '../errors/triage-error.ts'

export const imageNotFound = defineError(
  'INTAKE_IMAGE_NOT_FOUND',
  'transient',
  () => 'The archive no longer has an image that it listed. It was deleted meanwhile, or the study is being changed.',
)

export const imageDiffers = defineError(
  'INTAKE_IMAGE_DIFFERS',
  'transient',
  (keyword: string) =>
    `The archive's header of the image and the file that it sent have a different ${keyword}. Nothing is reported, because the file may be another patient's. If it happens again, repair the archive's index.`,
)

export const studyNotFound = defineError(
  'INTAKE_STUDY_NOT_FOUND',
  'permanent',
  (server: string) =>
    `${server} does not have this study. It was deleted after it arrived, or DicomWeb.Url is not the DICOMweb root of the same archive.`,
)

export const reportsUnordered = defineError(
  'INTAKE_REPORTS_UNORDERED',
  'permanent',
  (server: string) =>
    `${server} does not sort DiagnosticReports by _lastUpdated, so new ones cannot be detected. Set Feedback.FhirPollMinutes to 0.`,
)

export const changesLost = defineError(
  'INTAKE_CHANGES_LOST',
  'transient',
  () =>
    "Changes of Orthanc were lost: its database was replaced, or its change log cleared. The service is taking the archive's recent studies.",
)

export const headerIncomplete = defineError(
  'INTAKE_HEADER_INCOMPLETE',
  'permanent',
  (keywords: readonly string[]) =>
    `The object has no valid ${keywords.join(', ')}, so no report can refer to it. Ask its sender to correct it.`,
)

export const identityInDoubt = defineError(
  'INTAKE_IDENTITY_IN_DOUBT',
  'permanent',
  () =>
    'The name in the study was changed so much that it may be another person. Nothing is sent until somebody decides on the page of the study.',
)

export const patientsDiffer = defineError(
  'INTAKE_PATIENTS_DIFFER',
  'permanent',
  () =>
    'The images of the study differ in Patient ID or its issuer, so a result could go to the wrong patient. Correct the study in the archive, then analyse it again.',
)
