import { defineError } from '../errors/triage-error.ts'

export const requestInvalid = defineError(
  'SERVICE_REQUEST_INVALID',
  'permanent',
  (problems: string) => `Invalid request: ${problems}`,
  400,
)

export const addressUnknown = defineError(
  'SERVICE_ADDRESS_UNKNOWN',
  'permanent',
  () => 'There is nothing at this address.',
  404,
)

export const notSignedIn = defineError(
  'SERVICE_NOT_SIGNED_IN',
  'permanent',
  () =>
    'Not signed in. Send the token as "Authorization: Bearer …", or open the sign-in link that the service printed.',
  401,
)

export const headerMissing = defineError(
  'SERVICE_HEADER_MISSING',
  'permanent',
  () => 'A browser must send the header X-Lung-Triage with every request that changes data.',
  403,
)

export const tokenRequired = defineError(
  'SERVICE_TOKEN_REQUIRED',
  'permanent',
  () => 'Only a program with the token may do this. Run the command as the user of the service.',
  403,
)

export const bodyTooLarge = defineError(
  'SERVICE_BODY_TOO_LARGE',
  'permanent',
  (maxBytes: number) => `The request body exceeds the limit of ${maxBytes} bytes.`,
  413,
)

export const tooManyRequests = defineError(
  'SERVICE_TOO_MANY_REQUESTS',
  'transient',
  () =>
    'Too many requests from this address. Wait for the time in Retry-After, or raise LungTriage.Http.RequestsPerMinute (for sign-ins, FailedSignInsPerMinute).',
  429,
)

export const addressInUse = defineError(
  'SERVICE_ADDRESS_IN_USE',
  'permanent',
  (host: string, port: number, cause: string) =>
    `The status page cannot listen on ${host}:${port} (${cause}). Set another LungTriage.Http.Port or Host.`,
)

export const certificateUnreadable = defineError(
  'SERVICE_CERTIFICATE_UNREADABLE',
  'permanent',
  (path: string, cause: string) => `The file ${path} of LungTriage.Http.Tls cannot be used: ${cause}.`,
)

export const certificateKeyDiffers = defineError(
  'SERVICE_CERTIFICATE_KEY_DIFFERS',
  'permanent',
  (certificate: string, key: string) =>
    `The key ${key} does not belong to the certificate ${certificate}. The certificate must be the first in its file.`,
)

export const certificateExpired = defineError(
  'SERVICE_CERTIFICATE_EXPIRED',
  'permanent',
  (path: string, expired: string) => `The certificate ${path} expired at ${expired}. Replace it.`,
)

/** The answer to a request that fails with a server error. Details go to the log only. */
export const serviceFailed = defineError('SERVICE_FAILED', 'server', () => 'Internal error. See the service log.')
