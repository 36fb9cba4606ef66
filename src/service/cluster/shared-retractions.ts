import type { Redis } from 'ioredis'
import type { ModelLineage } from '../../classify/model-name.ts'
import { localDay } from '../../clock.ts'
import { modelRetracted } from '../retraction/errors.ts'
import { askRedis } from './redis-connection.ts'
import type { Retraction } from '../retraction/retraction.ts'
import type { StudyGate } from '../retraction/study-gate.ts'

/** Retracted models as workers see them, who have no store. */
export class SharedRetractions {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /** As the coordinator, also again: Redis may have lost it. */
  async tell({ model, at }: Retraction): Promise<void> {
    await askRedis(this.#redis, () => this.#redis.set(keyOf(model), at.toISOString()))
  }

  /**
   * Stops a worker's studies. A delivery that is under way at the moment of retraction goes on: the worker's report of its end makes the
   * coordinator withdraw the result once more.
   */
  gateFor(lineage: ModelLineage): StudyGate {
    const requireStanding = async (): Promise<void> => {
      const moments = await askRedis(this.#redis, () => this.#redis.mget(lineage.map(keyOf)))
      for (const [place, at] of moments.entries())
        if (at !== null) throw modelRetracted(lineage[place]!, localDay(new Date(at)))
    }
    return {
      requireStanding,
      deliver: async (_resultKey, send) => {
        await requireStanding()
        return send()
      },
    }
  }
}

function keyOf(model: string): string {
  return `lung-triage:retracted:${model}`
}
