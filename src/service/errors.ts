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
    `The state ${path} was written by a newer version (schema ${found}, this one knows ${known}). Start that version, or go back with "lung-triage database rollback ${path} --to ${known}", which gives up what only that version knows and keeps a copy of it.`,
)

export const stateAbsent = defineError(
  'SERVICE_STATE_ABSENT',
  'permanent',
  (path: string) => `There is no state ${path}. Name store.sqlite or queue.sqlite in LungTriage.StateDir.`,
)

export const stateNotCopied = defineError(
  'SERVICE_STATE_NOT_COPIED',
  'permanent',
  (path: string, cause: string) =>
    `The state ${path} cannot be copied before its schema is changed (${cause}), so it was left as it is. Make room beside it for as much again.`,
)

export const rollbackNeedless = defineError(
  'SERVICE_ROLLBACK_NEEDLESS',
  'permanent',
  (path: string, schema: number) => `The state ${path} has schema ${schema} already. Nothing was changed.`,
)

export const rollbackImpossible = defineError(
  'SERVICE_ROLLBACK_IMPOSSIBLE',
  'permanent',
  (path: string, step: number) => `Step ${step} of the schema of ${path} cannot be undone. Nothing was changed.`,
)

export const rollbackFailed = defineError(
  'SERVICE_ROLLBACK_FAILED',
  'permanent',
  (path: string, to: number, cause: string) =>
    `The state ${path} cannot go back to schema ${to} (${cause}). Nothing was changed.`,
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

export const redisUnreachable = defineError(
  'SERVICE_REDIS_UNREACHABLE',
  'transient',
  (server: string, cause: string) =>
    `Redis at ${server} does not answer (${cause}). Check LungTriage.Queue.RedisUrl and that Redis runs.`,
)

export const redisEvicts = defineError(
  'SERVICE_REDIS_EVICTS',
  'permanent',
  (server: string, policy: string) =>
    `Redis at ${server} drops keys when memory is short (maxmemory-policy ${policy}), and jobs with them. Set noeviction.`,
)

export const redisFailed = defineError(
  'SERVICE_REDIS_FAILED',
  'transient',
  (server: string) => `Redis at ${server} did not do what was asked; it may be starting again, and is tried again.`,
)

export const sealBroken = defineError(
  'SERVICE_SEAL_BROKEN',
  'permanent',
  () =>
    'What another process left in Redis cannot be opened: LungTriage.Queue.Secret differs between the machines, or it was changed on the way.',
)

export const queueNotShared = defineError(
  'SERVICE_QUEUE_NOT_SHARED',
  'permanent',
  () => 'A worker needs a queue that it shares with the service: set LungTriage.Queue.RedisUrl and Secret for both.',
)

export const coordinatorMissing = defineError(
  'SERVICE_COORDINATOR_MISSING',
  'transient',
  (server: string) =>
    `No coordinator has used Redis at ${server} yet. Start "lung-triage serve" with the same settings first.`,
)

export const coordinatorRuns = defineError(
  'SERVICE_COORDINATOR_RUNS',
  'permanent',
  (server: string, holder: string) =>
    `Another "serve" coordinates the work in Redis at ${server} (${holder}), and one Redis database serves one. Stop that one, give this one a database of its own in LungTriage.Queue.RedisUrl (redis://…/1), or start "work" on further machines.`,
)

export const coordinatorReplaced = defineError(
  'SERVICE_COORDINATOR_REPLACED',
  'permanent',
  (server: string, holder: string) =>
    `Another "serve" has taken over the work in Redis at ${server} while this one was silent (${holder}). This one ends, as two would act on each other's studies.`,
)

export const modelDiffers = defineError(
  'SERVICE_MODEL_DIFFERS',
  'permanent',
  (own: string, coordinators: string) =>
    `This worker runs ${own} and the coordinator ${coordinators}, or with other thresholds; their results would replace each other for ever. Give both the same model, thresholds and version.`,
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

export const certificateUnreadable = defineError(
  'SERVICE_CERTIFICATE_UNREADABLE',
  'permanent',
  (path: string, cause: string) => `The file ${path} of LungTriage.Http.Tls cannot be used: ${cause}.`,
)

export const certificateKeyDiffers = defineError(
  'SERVICE_CERTIFICATE_KEY_DIFFERS',
  'permanent',
  (certificate: string, key: string) =>
    `The key ${key} is not that of the certificate ${certificate}, which must be the first in its file.`,
)

export const certificateExpired = defineError(
  'SERVICE_CERTIFICATE_EXPIRED',
  'permanent',
  (path: string, expired: string) => `The certificate ${path} expired at ${expired}. Put a new one there.`,
)
