import { defineError } from '../errors/triage-error.ts'

export const invalidContent = defineError(
  'REPORT_INVALID_CONTENT',
  'server',
  (what: string) => `The result cannot be written as valid DICOM: ${what}. This is a bug in Lung Triage. Report it.`,
)
