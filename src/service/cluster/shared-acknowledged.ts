import type { Redis } from 'ioredis'
import type { AcknowledgedMessages } from '../../deliver/send-once.ts'
import { askRedis } from './redis-connection.ts'

/** Longer than all automatic retries. A study that is replayed later than this sends its message again. */
const keptSeconds = 30 * 24 * 60 * 60

/** Control IDs of the messages acknowledged to any machine. They derive from results and identify no patient. */
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
