import { defineError } from '../errors/triage-error.ts'

/** Names the attribute, never its value. */
export const patientIdentityInvalid = defineError(
  'DICOM_PATIENT_IDENTITY_INVALID',
  'permanent',
  (attribute: string, problem: string) =>
    `${attribute} ${problem}, so the study may be another patient's. Correct it in the archive, then analyse the study again.`,
)
