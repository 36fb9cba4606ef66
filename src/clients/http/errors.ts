import { defineError } from '../../errors/triage-error.ts'

/** `server` is a name and an origin; paths, bodies and headers never enter a message. */

export const addressHasCredentials = defineError(
  'HTTP_ADDRESS_HAS_CREDENTIALS',
  'permanent',
  (name: string) => `The address of ${name} holds a user name or password. Set them as Username and Password instead.`,
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
    `The certificate of ${server} is not trusted (${cause}). Set CaFile to the authority that signed it.`,
)

export const timedOut = defineError(
  'HTTP_TIMED_OUT',
  'transient',
  (server: string, timeoutMs: number) => `${server} did not answer within ${timeoutMs} ms.`,
)

export const connectionLost = defineError(
  'HTTP_CONNECTION_LOST',
  'transient',
  (server: string, cause: string) => `${server} broke off in the middle of an answer (${cause}).`,
)

export const writeUncertain = defineError(
  'HTTP_WRITE_UNCERTAIN',
  'ambiguous',
  (server: string, cause: string) =>
    `${server} was sent data but did not confirm it (${cause}). Sending the same again is safe.`,
)

export const busy = defineError(
  'HTTP_BUSY',
  'transient',
  (server: string, status: number) => `${server} is busy or failing (HTTP ${status}).`,
)

export const unauthorized = defineError(
  'HTTP_UNAUTHORIZED',
  'permanent',
  (server: string, status: number) =>
    `${server} refuses our user (HTTP ${status}). Check user name, password or token, and what that user may do.`,
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
    `${server} redirects elsewhere (HTTP ${status}), which is not followed. Set the final address.`,
)

export const refused = defineError(
  'HTTP_REFUSED',
  'permanent',
  (server: string, status: number, reasons: string) =>
    `${server} refuses the request (HTTP ${status}${reasons === '' ? '' : `: ${reasons}`}).`,
)

export const answerInvalid = defineError(
  'HTTP_ANSWER_INVALID',
  'permanent',
  (server: string, problem: string) =>
    `${server} gave an answer that cannot be used (${problem}). Check that the address is that of the right service.`,
)

export const answerTooLarge = defineError(
  'HTTP_ANSWER_TOO_LARGE',
  'permanent',
  (server: string, maxBytes: number) =>
    `${server} gave an answer of over ${maxBytes} bytes, which is more than is taken.`,
)

export const authorityUnreadable = defineError(
  'HTTP_AUTHORITY_UNREADABLE',
  'permanent',
  (caFile: string, cause: string) => `The certificate authority ${caFile} cannot be used: ${cause}.`,
)
