import { defineError } from './errors.ts'

export const serviceSilent = defineError(
  'RETRACT_SERVICE_SILENT',
  'transient',
  (url: string, cause: string) =>
    `The service does not answer at ${url} (${cause}). It alone holds the results: start "lung-triage serve" with the same configuration, then ask again.`,
)

export const serviceRefused = defineError(
  'RETRACT_SERVICE_REFUSED',
  'permanent',
  (reason: string) => `The service refused: ${reason}`,
)

export const servicePortUnknown = defineError(
  'RETRACT_PORT_UNKNOWN',
  'permanent',
  () => 'LungTriage.Http.Port is 0, so nobody can know where the service listens. Set a port, and restart it.',
)

export const serviceTokenMissing = defineError(
  'RETRACT_TOKEN_MISSING',
  'permanent',
  (path: string, cause: string) =>
    `The service's token cannot be read from ${path} (${cause}). Ask as the user who runs the service, with its configuration.`,
)

export const retractionNotConfirmed = defineError(
  'RETRACT_NOT_CONFIRMED',
  'permanent',
  () => 'Nothing was withdrawn, as it was not confirmed.',
)
