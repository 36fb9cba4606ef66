import { defineError } from '../errors/triage-error.ts'

export const notDicom = defineError(
  'PIXELS_NOT_DICOM',
  'permanent',
  () =>
    'This is not a DICOM file: it has neither the DICM prefix nor a data set at its start. Send a DICOM Part 10 file.',
)

export const fileDamaged = defineError(
  'PIXELS_FILE_DAMAGED',
  'permanent',
  (cause: string) => `The DICOM file is cut short or damaged (${cause}). Send it again.`,
)
