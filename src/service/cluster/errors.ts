import { defineError } from '../../errors/triage-error.ts'

export const redisUnreachable = defineError(
  'SERVICE_REDIS_UNREACHABLE',
  'transient',
  (server: string, cause: string) =>
    `Redis at ${server} does not answer (${cause}). Check that Redis runs and that LungTriage.Queue.RedisUrl is right.`,
)

export const redisEvicts = defineError(
  'SERVICE_REDIS_EVICTS',
  'permanent',
  (server: string, policy: string) =>
    `Redis at ${server} evicts keys when memory is full (maxmemory-policy ${policy}), which loses jobs. Set maxmemory-policy to noeviction.`,
)

export const redisFailed = defineError(
  'SERVICE_REDIS_FAILED',
  'transient',
  (server: string) =>
    `A command failed on Redis at ${server}, which may be restarting. The service retries; check Redis if this continues.`,
)

export const sealBroken = defineError(
  'SERVICE_SEAL_BROKEN',
  'permanent',
  () =>
    'Data in Redis cannot be decrypted: LungTriage.Queue.Secret differs between the machines, or the data was altered. Set the same Secret on every machine.',
)

export const queueNotShared = defineError(
  'SERVICE_QUEUE_NOT_SHARED',
  'permanent',
  () =>
    'A worker needs a shared queue: set LungTriage.Queue.RedisUrl and LungTriage.Queue.Secret for the service and the worker.',
)

export const coordinatorMissing = defineError(
  'SERVICE_COORDINATOR_MISSING',
  'transient',
  (server: string) =>
    `No coordinator has registered in Redis at ${server} yet. Start "lung-triage serve" with the same settings first.`,
)

export const coordinatorRuns = defineError(
  'SERVICE_COORDINATOR_RUNS',
  'permanent',
  (server: string, holder: string) =>
    `Another "serve" (${holder}) already coordinates the work in Redis at ${server}; each Redis database allows one. Stop it, set another database in LungTriage.Queue.RedisUrl (redis://…/1), or start "work" on additional machines.`,
)

export const coordinatorReplaced = defineError(
  'SERVICE_COORDINATOR_REPLACED',
  'permanent',
  (server: string, holder: string) =>
    `Another "serve" (${holder}) took over the work in Redis at ${server} after the lease of this one lapsed. This one stops, because two coordinators would act on the same studies.`,
)

export const modelDiffers = defineError(
  'SERVICE_MODEL_DIFFERS',
  'permanent',
  (own: string, coordinators: string) =>
    `This worker runs ${own} and the coordinator runs ${coordinators}, or their thresholds differ; their results would keep replacing each other. Use the same model, thresholds and version on both.`,
)
