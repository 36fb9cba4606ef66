import type { Redis } from 'ioredis'
import type { AcknowledgedMessages } from '../deliver/send-once.ts'

/** Longer than any study is tried. */
const keptSeconds = 30 * 24 * 60 * 60

/** Control IDs that any of the machines had acknowledged. They derive from results and say nothing of a patient. */
export class SharedAcknowledged implements AcknowledgedMessages {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  async has(controlId: string): Promise<boolean> {
    return (await this.#redis.exists(keyOf(controlId))) === 1
  }

  async add(controlId: string): Promise<void> {
    await this.#redis.set(keyOf(controlId), '', 'EX', keptSeconds)
  }
}

function keyOf(controlId: string): string {
  return `lung-triage:acknowledged:${controlId}`
}
