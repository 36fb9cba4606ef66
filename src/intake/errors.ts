import { defineError } from '../errors/triage-error.ts'

export const imageNotFound = defineError(
  'INTAKE_IMAGE_NOT_FOUND',
  'permanent',
  () => 'The archive has no such image any more. It was deleted after its study was noticed.',
)

export const studyNotFound = defineError(
  'INTAKE_STUDY_NOT_FOUND',
  'permanent',
  (server: string) =>
    `${server} has no such study. It was deleted after it was noticed, or DicomWeb.Url is not the DICOMweb root of the archive it was noticed in.`,
)

export const reportsUnordered = defineError(
  'INTAKE_REPORTS_UNORDERED',
  'permanent',
  (server: string) =>
    `${server} does not give DiagnosticReports in the order of _lastUpdated, so that none could be told to be the last. Set Feedback.FhirPollMinutes to 0.`,
)

export const headerIncomplete = defineError(
  'INTAKE_HEADER_INCOMPLETE',
  'permanent',
  (keywords: readonly string[]) =>
    `The object has no valid ${keywords.join(', ')} and cannot be referred to. Have its sender repair it.`,
)
