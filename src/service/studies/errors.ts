import { defineError } from '../../errors/triage-error.ts'

export const studyUnknown = defineError(
  'SERVICE_STUDY_UNKNOWN',
  'permanent',
  () => 'No such study is known here. Ask /api/studies for those that are.',
  404,
)

export const pictureUnknown = defineError(
  'SERVICE_PICTURE_UNKNOWN',
  'permanent',
  () => 'The study has no such picture, or not yet.',
  404,
)

export const backfillFull = defineError(
  'SERVICE_BACKFILL_FULL',
  'transient',
  (waiting: number) => `${waiting} studies wait here already; past ones are taken when fewer do.`,
  429,
)
