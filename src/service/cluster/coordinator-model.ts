import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { ModelIdentity } from '../../classify/prediction.ts'
import { coordinatorMissing, modelDiffers } from './errors.ts'
import { askRedis } from './redis-connection.ts'
import type { Seal } from './seal.ts'

const coordinatorKey = 'lung-triage:coordinator'
const coordinatorSchema = z.object({ name: z.string(), version: z.string(), digest: z.string() })

/** Publishes the coordinator's model in Redis, for workers to compare with their own. */
export async function publishCoordinatorModel(
  redis: Redis,
  seal: Seal,
  { name, version, digest }: ModelIdentity,
): Promise<void> {
  const sealed = seal.close(Buffer.from(JSON.stringify({ name, version, digest })), coordinatorKey)
  await askRedis(redis, () => redis.set(coordinatorKey, sealed))
}

/**
 * Rejects a coordinator whose secret or model differs, before the worker takes a study.
 * @throws SERVICE_COORDINATOR_MISSING, SERVICE_SEAL_BROKEN, SERVICE_MODEL_DIFFERS
 */
export async function checkCoordinatorModel(
  redis: Redis,
  seal: Seal,
  own: ModelIdentity,
  server: string,
): Promise<void> {
  const sealed = await askRedis(redis, () => redis.getBuffer(coordinatorKey))
  if (sealed === null) throw coordinatorMissing(server)
  const coordinators = coordinatorSchema.parse(JSON.parse(seal.open(sealed, coordinatorKey).toString('utf8')))
  if (coordinators.digest !== own.digest) throw modelDiffers(nameOf(own), nameOf(coordinators))
}

function nameOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name} ${version}`
}
