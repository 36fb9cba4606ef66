import type { Redis } from 'ioredis'
import type { ModelLineage } from '../../classify/model-name.ts'
import { localDay } from '../../clock.ts'
import { modelRetracted } from '../retraction/errors.ts'
import { askRedis } from './redis-connection.ts'
import type { Retraction } from '../retraction/retraction.ts'

/** Retracted models in Redis, for workers, which have no store. */
export class SharedRetractions {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /** Coordinator only. Repeated, because Redis may have lost the entry. */
  async tell({ model, at }: Retraction): Promise<void> {
    await askRedis(this.#redis, () => this.#redis.set(keyOf(model), at.toISOString()))
  }

  /**
   * Keeps a worker from studies of a retracted model.
   * @throws SERVICE_MODEL_RETRACTED
   */
  async requireStanding(lineage: ModelLineage): Promise<void> {
    const moments = await askRedis(this.#redis, () => this.#redis.mget(lineage.map(keyOf)))
    for (const [place, at] of moments.entries())
      if (at !== null) throw modelRetracted(lineage[place]!, localDay(new Date(at)))
  }
}

function keyOf(model: string): string {
  return `lung-triage:retracted:${model}`
}
