import { defineError } from '../../errors/triage-error.ts'

export const serviceSilent = defineError(
  'COMMAND_SERVICE_SILENT',
  'transient',
  (url: string, cause: string) =>
    `The service does not answer at ${url} (${cause}). It holds the queue and the results: start "lung-triage serve" with the same configuration, then ask again.`,
)

export const serviceBusy = defineError(
  'COMMAND_SERVICE_BUSY',
  'transient',
  (reason: string) => `Service busy: ${reason}`,
)

export const serviceRefused = defineError(
  'COMMAND_SERVICE_REFUSED',
  'permanent',
  (reason: string) => `The service refused: ${reason}`,
)

export const servicePortUnknown = defineError(
  'COMMAND_PORT_UNKNOWN',
  'permanent',
  () => 'LungTriage.Http.Port is 0, so the port of the service is unknown. Set a port and restart the service.',
)

export const serviceTokenMissing = defineError(
  'COMMAND_TOKEN_MISSING',
  'permanent',
  (path: string, cause: string) =>
    `The service's token cannot be read from ${path} (${cause}). Run the command as the user who runs the service, with the same configuration.`,
)

export const serviceCertificateMissing = defineError(
  'COMMAND_CERTIFICATE_MISSING',
  'permanent',
  (path: string, cause: string) =>
    `The service's certificate cannot be read from ${path} (${cause}), so the service cannot be authenticated. Check LungTriage.Http.Tls.`,
)

export const serviceCertificateDiffers = defineError(
  'COMMAND_CERTIFICATE_DIFFERS',
  'permanent',
  (url: string, cause: string) =>
    `The server at ${url} does not present the certificate of LungTriage.Http.Tls, or the certificate has expired (${cause}). The service loads a renewed certificate within the hour, or when it restarts.`,
)

export const retractionNotConfirmed = defineError(
  'COMMAND_NOT_CONFIRMED',
  'permanent',
  () => 'Nothing was withdrawn: the retraction was not confirmed.',
)
