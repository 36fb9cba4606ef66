import type { Redis } from 'ioredis'
import type { AcknowledgedMessages } from '../../deliver/send-once.ts'
import { askRedis } from './redis-connection.ts'

/** Longer than a study is tried by itself; who replays one after that sends its message once more. */
const keptSeconds = 30 * 24 * 60 * 60

/** Control IDs that any of the machines had acknowledged. They derive from results and say nothing of a patient. */
export class SharedAcknowledged implements AcknowledgedMessages {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  async has(controlId: string): Promise<boolean> {
    return (await askRedis(this.#redis, () => this.#redis.exists(keyOf(controlId)))) === 1
  }

  async add(controlId: string): Promise<void> {
    await askRedis(this.#redis, () => this.#redis.set(keyOf(controlId), '', 'EX', keptSeconds))
  }
}

function keyOf(controlId: string): string {
  return `lung-triage:acknowledged:${controlId}`
}
