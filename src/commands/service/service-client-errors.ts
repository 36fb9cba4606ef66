import { defineError } from '../../errors/triage-error.ts'

export const serviceSilent = defineError(
  'COMMAND_SERVICE_SILENT',
  'transient',
  (url: string, cause: string) =>
    `The service does not answer at ${url} (${cause}). Start "lung-triage serve" with the same configuration, then run this command again.`,
)

export const serviceBusy = defineError(
  'COMMAND_SERVICE_BUSY',
  'transient',
  (reason: string) => `Service busy: ${reason}`,
)

export const serviceRefused = defineError(
  'COMMAND_SERVICE_REFUSED',
  'permanent',
  (reason: string) => `The service refused the request: ${reason}`,
)

export const servicePortUnknown = defineError(
  'COMMAND_PORT_UNKNOWN',
  'permanent',
  () => 'LungTriage.Http.Port is 0, so the port of the service is not known. Set a fixed port and restart the service.',
)

export const serviceTokenMissing = defineError(
  'COMMAND_TOKEN_MISSING',
  'permanent',
  (path: string, cause: string) =>
    `Cannot read the service's token from ${path} (${cause}). Run this command as the user of the service, with the same configuration.`,
)

export const serviceCertificateMissing = defineError(
  'COMMAND_CERTIFICATE_MISSING',
  'permanent',
  (path: string, cause: string) =>
    `Cannot read the service's certificate from ${path} (${cause}), so the service cannot be authenticated. Check LungTriage.Http.Tls.`,
)

export const serviceCertificateDiffers = defineError(
  'COMMAND_CERTIFICATE_DIFFERS',
  'permanent',
  (url: string, cause: string) =>
    `The server at ${url} does not present the certificate of LungTriage.Http.Tls, or that certificate has expired (${cause}). The service loads a renewed certificate within an hour, or when it restarts.`,
)

export const retractionNotConfirmed = defineError(
  'COMMAND_NOT_CONFIRMED',
  'permanent',
  () => 'Nothing was withdrawn: the retraction was not confirmed.',
)
