import { defineError } from '../errors/triage-error.ts'

export const imageUnusable = defineError(
  'DEMO_IMAGE_UNUSABLE',
  'permanent',
  (path: string, cause: string) => `${path} cannot be sent (${cause}). Name DICOM, PNG or JPEG files.`,
)

export const dataSetMissing = defineError(
  'DEMO_DATA_SET_MISSING',
  'permanent',
  (dir: string) =>
    `${dir} has no kermany.csv with kermany-original. Correct LUNG_TRIAGE_DEMO_DATA, or unset it for synthetic radiographs.`,
)

export const serviceEnded = defineError(
  'DEMO_SERVICE_ENDED',
  'permanent',
  (how: string, log: string, lastWords: string) =>
    `The service ended by itself (${how}). Its log is ${log}, and ends:\n${lastWords}`,
)

export const demoStalled = defineError(
  'DEMO_STALLED',
  'permanent',
  (done: number, all: number, minutes: number) =>
    `${done} of ${all} studies are done and nothing has moved for ${minutes} minutes.`,
)

export const orthancRefused = defineError(
  'DEMO_ORTHANC_REFUSED',
  'permanent',
  (name: string, status: string) => `Orthanc did not store ${name}: ${status}.`,
)
