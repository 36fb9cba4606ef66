import { defineError } from '../errors.ts'

export const stateInUse = defineError(
  'SERVICE_STATE_IN_USE',
  'permanent',
  (path: string) =>
    `The state ${path} is in use by another process. Stop that one, or set another LungTriage.StateDir.`,
)

export const stateTooNew = defineError(
  'SERVICE_STATE_TOO_NEW',
  'permanent',
  (path: string, found: number, known: number) =>
    `The state ${path} was written by a newer version (schema ${found}, this one knows ${known}). Start that version.`,
)

export const stateUnreadable = defineError(
  'SERVICE_STATE_UNREADABLE',
  'permanent',
  (what: string) => `The state holds ${what} that this version cannot read. Start the version that wrote it.`,
)

export const claimLost = defineError(
  'SERVICE_CLAIM_LOST',
  'permanent',
  () => 'The study was given to another worker meanwhile; what this one found is dropped.',
)

export const attemptsUsedUp = defineError(
  'SERVICE_ATTEMPTS_USED_UP',
  'permanent',
  (attempts: number) =>
    `${attempts} attempts ended without an answer, most likely with the process. Look at the study's files, then retry.`,
)

export const modelRetracted = defineError(
  'SERVICE_MODEL_RETRACTED',
  'permanent',
  (model: string, day: string) =>
    `The model ${model} was retracted on ${day} and analyses nothing any more. Set another LungTriage.Model, restart, then retry.`,
)

export const tokenUnreadable = defineError(
  'SERVICE_TOKEN_UNREADABLE',
  'permanent',
  (path: string) => `The token file ${path} is too short to be one. Delete it to have a new one made.`,
)

export const addressInUse = defineError(
  'SERVICE_ADDRESS_IN_USE',
  'permanent',
  (host: string, port: number, cause: string) =>
    `The status page cannot listen on ${host}:${port} (${cause}). Set another LungTriage.Http.Port or Host.`,
)
