import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { ModelIdentity } from '../../classify/prediction.ts'
import { coordinatorMissing, modelDiffers } from './errors.ts'
import { askRedis } from './redis-connection.ts'
import type { Seal } from './seal.ts'

const markKey = 'lung-triage:coordinator'
const markSchema = z.object({ name: z.string(), version: z.string(), digest: z.string() })

/** Says in Redis what the coordinator runs, for workers to compare. */
export async function leaveMark(redis: Redis, seal: Seal, { name, version, digest }: ModelIdentity): Promise<void> {
  const sealed = seal.close(Buffer.from(JSON.stringify({ name, version, digest })), markKey)
  await askRedis(redis, () => redis.set(markKey, sealed))
}

/**
 * Refuses to work for a coordinator with another secret or another model, before a single study is touched.
 * @throws SERVICE_COORDINATOR_MISSING, SERVICE_SEAL_BROKEN, SERVICE_MODEL_DIFFERS
 */
export async function checkMark(redis: Redis, seal: Seal, own: ModelIdentity, server: string): Promise<void> {
  const sealed = await askRedis(redis, () => redis.getBuffer(markKey))
  if (sealed === null) throw coordinatorMissing(server)
  const coordinators = markSchema.parse(JSON.parse(seal.open(sealed, markKey).toString('utf8')))
  if (coordinators.digest !== own.digest) throw modelDiffers(nameOf(own), nameOf(coordinators))
}

function nameOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name} ${version}`
}
