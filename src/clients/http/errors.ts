import { defineError } from '../../errors/triage-error.ts'

/** `server` is a name and an origin; paths, bodies and headers never enter a message. */

export const addressHasCredentials = defineError(
  'HTTP_ADDRESS_HAS_CREDENTIALS',
  'permanent',
  (name: string) =>
    `The address of ${name} contains a user name or password. Set them as Username and Password instead.`,
)

export const unreachable = defineError(
  'HTTP_UNREACHABLE',
  'transient',
  (server: string, cause: string) =>
    `${server} cannot be reached (${cause}). Check that it runs and that its address is right.`,
)

export const certificateRefused = defineError(
  'HTTP_CERTIFICATE_REFUSED',
  'permanent',
  (server: string, cause: string) =>
    `The certificate of ${server} is not trusted (${cause}). Check its expiry date and host name, or set CaFile in the section of this server to the authority that signed it.`,
)

export const timedOut = defineError(
  'HTTP_TIMED_OUT',
  'transient',
  (server: string, timeoutMs: number) =>
    `${server} did not answer within ${timeoutMs} ms. Check its load and the network.`,
)

export const connectionLost = defineError(
  'HTTP_CONNECTION_LOST',
  'transient',
  (server: string, cause: string) =>
    `${server} closed the connection before its answer was complete (${cause}). Check its log and the network.`,
)

export const writeUncertain = defineError(
  'HTTP_WRITE_UNCERTAIN',
  'ambiguous',
  (server: string, cause: string) =>
    `${server} did not confirm the data sent to it (${cause}). Sending it again is safe.`,
)

export const busy = defineError(
  'HTTP_BUSY',
  'transient',
  (server: string, status: number) => `${server} is busy or failing (HTTP ${status}). Check its log.`,
)

export const unauthorized = defineError(
  'HTTP_UNAUTHORIZED',
  'permanent',
  (server: string, status: number) =>
    `${server} refuses our user (HTTP ${status}). Check the user name, the password or token, and the user's permissions.`,
)

export const notFound = defineError(
  'HTTP_NOT_FOUND',
  'permanent',
  (server: string) =>
    `${server} has no such resource (HTTP 404). It was deleted, or the address in the settings is not the root.`,
)

export const redirected = defineError(
  'HTTP_REDIRECTED',
  'permanent',
  (server: string, status: number) =>
    `${server} redirects to another address (HTTP ${status}). Redirects are not followed: set the final address.`,
)

export const refused = defineError(
  'HTTP_REFUSED',
  'permanent',
  (server: string, status: number, reasons: string) =>
    `${server} refuses the request (HTTP ${status}${reasons === '' ? '' : `: ${reasons}`}). Check its log.`,
)

export const answerInvalid = defineError(
  'HTTP_ANSWER_INVALID',
  'permanent',
  (server: string, problem: string) =>
    `${server} sent an unusable answer (${problem}). Check that the address belongs to the right service.`,
)

export const answerTooLarge = defineError(
  'HTTP_ANSWER_TOO_LARGE',
  'permanent',
  (server: string, maxBytes: number) =>
    `${server} sent an answer of more than ${maxBytes} bytes, which is the limit. Check that the address belongs to the right service.`,
)

export const authorityUnreadable = defineError(
  'HTTP_AUTHORITY_UNREADABLE',
  'permanent',
  (caFile: string, cause: string) =>
    `The file ${caFile} of a CaFile setting cannot be used: ${cause}. It must be a PEM certificate.`,
)
