import { defineError } from '../errors/triage-error.ts'

export const orthancNotInstalled = defineError(
  'DEMO_ORTHANC_NOT_INSTALLED',
  'permanent',
  (missing: string) =>
    `${missing} was not found. On Debian: apt-get install --no-install-recommends orthanc orthanc-dicomweb orthanc-python`,
)

export const orthancDidNotStart = defineError(
  'DEMO_ORTHANC_DID_NOT_START',
  'permanent',
  (reason: string, log: string) => `Orthanc did not start (${reason}). Its output ends with:\n${log}`,
)
