import { defineError } from '../errors/triage-error.ts'

export const imageUnusable = defineError(
  'DEMO_IMAGE_UNUSABLE',
  'permanent',
  (path: string, cause: string) => `${path} cannot be sent (${cause}). Only DICOM, PNG and JPEG files are accepted.`,
)

export const dataSetMissing = defineError(
  'DEMO_DATA_SET_MISSING',
  'permanent',
  (dir: string) =>
    `${dir} does not contain kermany.csv and kermany-original. Correct LUNG_TRIAGE_DEMO_DATA, or unset it for synthetic radiographs.`,
)

export const serviceEnded = defineError(
  'DEMO_SERVICE_ENDED',
  'permanent',
  (how: string, log: string, lastWords: string) =>
    `The service exited unexpectedly (${how}). Its log ${log} ends with:\n${lastWords}`,
)

export const demoStalled = defineError(
  'DEMO_STALLED',
  'permanent',
  (done: number, all: number, minutes: number) =>
    `No progress for ${minutes} minutes; ${done} of ${all} studies are finished. See the log of the service.`,
)

export const orthancRefused = defineError(
  'DEMO_ORTHANC_REFUSED',
  'permanent',
  (name: string, status: string) => `Orthanc did not store ${name}: ${status}.`,
)
