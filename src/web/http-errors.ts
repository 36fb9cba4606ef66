import { defineError } from '../errors.ts'

/** What a request can be told; the code is stable, the status follows from it. */
export const requestInvalid = defineError(
  'SERVICE_REQUEST_INVALID',
  'permanent',
  (problems: string) => `The request is not as it should be: ${problems}`,
)

export const studyUnknown = defineError(
  'SERVICE_STUDY_UNKNOWN',
  'permanent',
  () => 'No such study is known here. Ask /api/studies for those that are.',
)

export const pictureUnknown = defineError(
  'SERVICE_PICTURE_UNKNOWN',
  'permanent',
  () => 'The study has no such picture, or not yet.',
)

export const modelUnknown = defineError(
  'SERVICE_MODEL_UNKNOWN',
  'permanent',
  (known: readonly string[]) => `No such model works here or has results here. Known are ${known.join(', ')}.`,
)

export const resultWithdrawn = defineError(
  'SERVICE_RESULT_WITHDRAWN',
  'permanent',
  (model: string, day: string) =>
    `The picture is not shown any more: its model, ${model}, was retracted on ${day}. Do not use its results.`,
)

export const noFinding = defineError(
  'SERVICE_NO_FINDING',
  'permanent',
  () => 'The study has no finding to agree or disagree with.',
)

export const resultReplaced = defineError(
  'SERVICE_RESULT_REPLACED',
  'permanent',
  () => 'That is not the result which the study has now. Look at the present one.',
)

export const addressUnknown = defineError(
  'SERVICE_ADDRESS_UNKNOWN',
  'permanent',
  () => 'There is nothing at this address.',
)

export const notSignedIn = defineError(
  'SERVICE_NOT_SIGNED_IN',
  'permanent',
  () => 'Send the token as "Authorization: Bearer …", or open the sign-in link that the service printed.',
)

export const headerMissing = defineError(
  'SERVICE_HEADER_MISSING',
  'permanent',
  () => 'A browser must send the header X-Lung-Triage with a request that changes something.',
)

export const bodyTooLarge = defineError(
  'SERVICE_BODY_TOO_LARGE',
  'permanent',
  (maxBytes: number) => `The request has more than the ${maxBytes} bytes that any request here needs.`,
)

export const tooManyRequests = defineError(
  'SERVICE_TOO_MANY_REQUESTS',
  'transient',
  () =>
    'This address sends more requests than it may. Wait for the time that Retry-After says, or raise LungTriage.Http.RequestsPerMinute.',
)

export const backfillFull = defineError(
  'SERVICE_BACKFILL_FULL',
  'transient',
  (waiting: number) => `${waiting} studies wait here already; past ones are taken when fewer do.`,
)

/** HTTP status of our own errors; every other error is 500. */
export const statusByCode: Readonly<Record<string, number>> = {
  SERVICE_REQUEST_INVALID: 400,
  SERVICE_NOT_SIGNED_IN: 401,
  SERVICE_HEADER_MISSING: 403,
  SERVICE_STUDY_UNKNOWN: 404,
  SERVICE_PICTURE_UNKNOWN: 404,
  SERVICE_MODEL_UNKNOWN: 404,
  SERVICE_RESULT_WITHDRAWN: 410,
  SERVICE_ADDRESS_UNKNOWN: 404,
  SERVICE_BODY_TOO_LARGE: 413,
  SERVICE_TOO_MANY_REQUESTS: 429,
  SERVICE_BACKFILL_FULL: 429,
  SERVICE_NO_FINDING: 409,
  SERVICE_RESULT_REPLACED: 409,
}
