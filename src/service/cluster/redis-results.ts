import { deserialize, serialize } from 'node:v8'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { KeptResults } from '../../pipeline.ts'
import { release } from '../../pixels/release.ts'
import { type IdentityVerdict, identityVerdicts } from '../../report/identity/identity-change.ts'
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
const revisionsField = 'revisions'
const revisionsSchema = z.record(z.string(), z.number())

/** What the coordinator knows of a study's earlier results. */
interface KnownResults {
  /** The latest that was not withdrawn on its own. */
  readonly kept: KeptResults | undefined
  /** The latest revision by finding key. */
  readonly revisions: ReadonlyMap<string, number>
  /** What a person decided about the study's patient since. */
  readonly verdict?: IdentityVerdict | undefined
}

/**
 * Results in transit from a worker to the coordinator, in Redis: one hash per study, with encrypted results by
 * result key. They are stored before delivery, so that a worker that takes over the study sends the same bytes. They
 * expire soon after the study has ended.
 */
export class RedisResults {
  readonly #redis: Redis
  readonly #seal: Seal

  constructor(redis: Redis, seal: Seal) {
    this.#redis = redis
    this.#seal = seal
  }

  async kept(uid: string, resultKey: string): Promise<KeptResults | undefined> {
    const sealed = await askRedis(this.#redis, () => this.#redis.hgetBuffer(hashOf(uid), resultKey))
    if (sealed === null) return undefined
    const parcel = parcelSchema.parse(deserialize(this.#seal.open(sealed, placeOf(uid, resultKey))))
    return decodeResults(parcel.encoding, parcel.results, parcel.jpegs)
  }

  /** Keeps the first results under a key. Returns whether these were the first. */
  async keep(uid: string, kept: KeptResults): Promise<boolean> {
    const hash = hashOf(uid)
    const { resultKey } = kept.results
    const sealed = this.#sealed(uid, kept)
    return askRedis(this.#redis, async () => {
      const answers = await this.#redis.multi().hsetnx(hash, resultKey, sealed).expire(hash, keptSeconds).exec()
      const isFirst = answers?.[0]?.[1] === 1
      if (isFirst) await this.#redis.hset(hash, latestField, resultKey)
      return isFirst
    })
  }

  /** Publishes the coordinator's results of a study, for the worker that will claim it. */
  async layOut(uid: string, { kept, revisions, verdict }: KnownResults): Promise<void> {
    const hash = hashOf(uid)
    const fields = {
      [revisionsField]: JSON.stringify(Object.fromEntries(revisions)),
      ...(kept && verdict && { [verdictField(kept.results.resultKey)]: verdict }),
      ...(kept && { [kept.results.resultKey]: this.#sealed(uid, kept), [latestField]: kept.results.resultKey }),
    }
    // What a worker kept before may have been withdrawn since, and must not be taken for the latest.
    await askRedis(this.#redis, () =>
      this.#redis.multi().hdel(hash, latestField).hset(hash, fields).expire(hash, keptSeconds).exec(),
    )
  }

  async latestResultKey(uid: string): Promise<string | undefined> {
    return (await askRedis(this.#redis, () => this.#redis.hget(hashOf(uid), latestField))) ?? undefined
  }

  async identityVerdict(uid: string, resultKey: string): Promise<IdentityVerdict | undefined> {
    const text = await askRedis(this.#redis, () => this.#redis.hget(hashOf(uid), verdictField(resultKey)))
    return text === null ? undefined : z.enum(identityVerdicts).parse(text)
  }

  async latestRevision(uid: string, findingKey: string): Promise<number | undefined> {
    const text = await askRedis(this.#redis, () => this.#redis.hget(hashOf(uid), revisionsField))
    return text === null ? undefined : revisionsSchema.parse(JSON.parse(text))[findingKey]
  }

  /** Makes the results expire soon: the study has ended and the coordinator has stored any results. */
  async discard(uid: string): Promise<void> {
    await askRedis(this.#redis, () => this.#redis.expire(hashOf(uid), keptAfterwardsSeconds))
  }

  #sealed(uid: string, kept: KeptResults): Buffer {
    const results = encodeResults(kept)
    const parcel = serialize({ encoding: resultEncoding, results, jpegs: kept.results.pagePictures })
    release(results)
    const sealed = this.#seal.close(parcel, placeOf(uid, kept.results.resultKey))
    release(parcel)
    return sealed
  }
}

function verdictField(resultKey: string): string {
  return `verdict on ${resultKey}`
}

function hashOf(uid: string): string {
  return `lung-triage:results:${uid}`
}

function placeOf(uid: string, resultKey: string): string {
  return `${hashOf(uid)}/${resultKey}`
}
