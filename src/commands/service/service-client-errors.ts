import { defineError } from '../../errors/triage-error.ts'

export const serviceSilent = defineError(
  'COMMAND_SERVICE_SILENT',
  'transient',
  (url: string, cause: string) =>
    `The service does not answer at ${url} (${cause}). It alone holds queue and results: start "lung-triage serve" with the same configuration, then ask again.`,
)

export const serviceBusy = defineError(
  'COMMAND_SERVICE_BUSY',
  'transient',
  (reason: string) => `The service cannot now: ${reason}`,
)

export const serviceRefused = defineError(
  'COMMAND_SERVICE_REFUSED',
  'permanent',
  (reason: string) => `The service refused: ${reason}`,
)

export const servicePortUnknown = defineError(
  'COMMAND_PORT_UNKNOWN',
  'permanent',
  () => 'LungTriage.Http.Port is 0, so nobody can know where the service listens. Set a port, and restart it.',
)

export const serviceTokenMissing = defineError(
  'COMMAND_TOKEN_MISSING',
  'permanent',
  (path: string, cause: string) =>
    `The service's token cannot be read from ${path} (${cause}). Ask as the user who runs the service, with its configuration.`,
)

export const serviceCertificateMissing = defineError(
  'COMMAND_CERTIFICATE_MISSING',
  'permanent',
  (path: string, cause: string) =>
    `The service's certificate cannot be read from ${path} (${cause}), so nobody can know that it is the service that answers. Check LungTriage.Http.Tls.`,
)

export const serviceCertificateDiffers = defineError(
  'COMMAND_CERTIFICATE_DIFFERS',
  'permanent',
  (url: string, cause: string) =>
    `What answers at ${url} does not show the certificate of LungTriage.Http.Tls, or that one has expired (${cause}). A renewed one is taken up within the hour, or when the service is started again.`,
)

export const retractionNotConfirmed = defineError(
  'COMMAND_NOT_CONFIRMED',
  'permanent',
  () => 'Nothing was withdrawn, as it was not confirmed.',
)
