import type { Redis } from 'ioredis'

const cameKey = 'lung-triage:came-again'
const takenKey = 'lung-triage:came-again-taken'

/**
 * Studies in Redis that were enqueued again while a worker had them. While a study is being requeued, it stays in a
 * second set until its job exists, so that neither a crash nor a further arrival loses it.
 */
export class ReturningStudies {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  async add(uid: string): Promise<void> {
    await this.#redis.sadd(cameKey, uid)
  }

  list(): Promise<string[]> {
    return this.#redis.sunion(cameKey, takenKey)
  }

  async whileTaking(uid: string, putBack: () => Promise<void>): Promise<void> {
    await this.#redis.smove(cameKey, takenKey, uid)
    await putBack()
    await this.#redis.srem(takenKey, uid)
  }

  async forget(uid: string): Promise<void> {
    await this.#redis.multi().srem(cameKey, uid).srem(takenKey, uid).exec()
  }
}
