import { defineError } from '../../errors/triage-error.ts'

export const studyUnknown = defineError(
  'SERVICE_STUDY_UNKNOWN',
  'permanent',
  () => 'Unknown study. GET /api/studies lists the known studies.',
  404,
)

export const pictureUnknown = defineError(
  'SERVICE_PICTURE_UNKNOWN',
  'permanent',
  () => 'The study does not have this picture, or not yet.',
  404,
)

export const identityNotInDoubt = defineError(
  'SERVICE_IDENTITY_NOT_IN_DOUBT',
  'permanent',
  () => 'There is nothing to decide: the patient of this study is not in doubt, or somebody has decided already.',
  409,
)

export const backfillFull = defineError(
  'SERVICE_BACKFILL_FULL',
  'transient',
  (waiting: number) => `The queue already holds ${waiting} studies; backfill resumes when it is shorter.`,
  429,
)
