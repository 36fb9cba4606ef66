import { defineError } from '../../errors/triage-error.ts'

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
