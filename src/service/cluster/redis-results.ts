import { deserialize, serialize } from 'node:v8'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { KeptResults } from '../../pipeline.ts'
import { release } from '../../pixels/release.ts'
import { decodeResults, encodeResults, resultEncoding } from '../store/result-encoding.ts'
import { askRedis } from './redis-connection.ts'
import type { Seal } from './seal.ts'

/** Longer than all attempts at a study, and than a coordinator that is down over a weekend. */
const keptSeconds = 3 * 24 * 60 * 60
/** A worker that reported but did not end its job may need the results once more. */
const keptAfterwardsSeconds = 10 * 60

const bytes = z.instanceof<typeof Uint8Array<ArrayBuffer>>(Uint8Array)
const parcelSchema = z.object({ encoding: z.string(), results: bytes, jpegs: z.array(bytes) })
const latestField = 'latest-result'

/**
 * Results in transit from a worker to the coordinator, in Redis: one hash per study, with encrypted results by
 * `inputKey`. They are stored before delivery, so that a worker that takes over the study sends the same bytes. They
 * expire soon after the study has ended.
 */
export class RedisResults {
  readonly #redis: Redis
  readonly #seal: Seal

  constructor(redis: Redis, seal: Seal) {
    this.#redis = redis
    this.#seal = seal
  }

  async kept(uid: string, inputKey: string): Promise<KeptResults | undefined> {
    const sealed = await askRedis(this.#redis, () => this.#redis.hgetBuffer(hashOf(uid), inputKey))
    if (sealed === null) return undefined
    const parcel = parcelSchema.parse(deserialize(this.#seal.open(sealed, placeOf(uid, inputKey))))
    return decodeResults(parcel.encoding, parcel.results, parcel.jpegs)
  }

  /** Keeps the first results under a key. Returns whether these were the first. */
  async keep(uid: string, inputKey: string, kept: KeptResults): Promise<boolean> {
    const hash = hashOf(uid)
    const sealed = this.#sealed(uid, inputKey, kept)
    return askRedis(this.#redis, async () => {
      const answers = await this.#redis.multi().hsetnx(hash, inputKey, sealed).expire(hash, keptSeconds).exec()
      const isFirst = answers?.[0]?.[1] === 1
      if (isFirst) await this.#redis.hset(hash, latestField, kept.results.resultKey)
      return isFirst
    })
  }

  /** Publishes the coordinator's results of a study, for the worker that will claim it. */
  async layOut(uid: string, inputKey: string, kept: KeptResults): Promise<void> {
    const hash = hashOf(uid)
    const fields = { [inputKey]: this.#sealed(uid, inputKey, kept), [latestField]: kept.results.resultKey }
    await askRedis(this.#redis, () => this.#redis.multi().hset(hash, fields).expire(hash, keptSeconds).exec())
  }

  async latestResultKey(uid: string): Promise<string | undefined> {
    return (await askRedis(this.#redis, () => this.#redis.hget(hashOf(uid), latestField))) ?? undefined
  }

  /** Makes the results expire soon: the study has ended and the coordinator has stored any results. */
  async discard(uid: string): Promise<void> {
    await askRedis(this.#redis, () => this.#redis.expire(hashOf(uid), keptAfterwardsSeconds))
  }

  #sealed(uid: string, inputKey: string, kept: KeptResults): Buffer {
    const results = encodeResults(kept)
    const parcel = serialize({ encoding: resultEncoding, results, jpegs: kept.results.pagePictures })
    release(results)
    const sealed = this.#seal.close(parcel, placeOf(uid, inputKey))
    release(parcel)
    return sealed
  }
}

function hashOf(uid: string): string {
  return `lung-triage:results:${uid}`
}

function placeOf(uid: string, inputKey: string): string {
  return `${hashOf(uid)}/${inputKey}`
}
