import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { TriageError } from '../../errors/triage-error.ts'
import { parseJsonText } from '../../clients/http/json.ts'
import { coordinatorReplaced, coordinatorRuns } from './errors.ts'
import type { Log } from '../../log.ts'
import { askRedis } from './redis-connection.ts'

const leaseKey = 'lung-triage:coordinator-lease'
const pollMs = 200

const holderSchema = z.object({
  /** Identifies the state folder, see `stateId`. */
  state: z.string(),
  host: z.string(),
  pid: z.number(),
  since: z.string(),
})

/** The coordinator that holds the lease. */
export type LeaseHolder = z.output<typeof holderSchema>

export interface LeaseOptions {
  readonly holder: LeaseHolder
  /** A coordinator that does not renew its lease for this long loses it. */
  readonly leaseMs: number
  /** Address of Redis, for messages. */
  readonly server: string
  readonly log: Log
}

/** Ensures that only this process coordinates the work in a Redis database. */
export interface CoordinatorLease {
  /** Rejects when another coordinator takes over. */
  readonly replaced: Promise<never>
  /** Releases the lease, so that the next coordinator can start immediately. */
  release(): Promise<void>
}

/**
 * Makes this process the only coordinator of a Redis database: two would act on each other's reports and studies. The
 * holder renews the lease, so the lease of a holder that died lapses after `leaseMs`. A lease held for the same state
 * folder is taken over immediately: this process has locked the folder, so the holder must have ended.
 * @throws SERVICE_COORDINATOR_RUNS, SERVICE_REDIS_FAILED
 */
export async function takeLease(redis: Redis, options: LeaseOptions): Promise<CoordinatorLease> {
  const own = JSON.stringify(options.holder)
  let leftMs = Infinity
  for (;;) {
    const held = await putLease(redis, own, own, options.leaseMs)
    if (held === undefined) break
    const holder = holderOf(held)
    if (holder?.state === options.holder.state) {
      if ((await putLease(redis, held, own, options.leaseMs)) === undefined) break
      continue
    }
    const nowLeftMs = await askRedis(redis, () => redis.pttl(leaseKey))
    // The remaining time grows only if the holder renews the lease.
    if (nowLeftMs > leftMs) throw coordinatorRuns(options.server, describeHolder(holder))
    leftMs = nowLeftMs
    await pause(pollMs)
  }
  return new HeldLease(redis, own, options)
}

class HeldLease implements CoordinatorLease {
  readonly replaced: Promise<never>
  readonly #redis: Redis
  readonly #own: string
  readonly #options: LeaseOptions
  readonly #stopping = new AbortController()
  readonly #renewing: Promise<void>

  constructor(redis: Redis, own: string, options: LeaseOptions) {
    this.#redis = redis
    this.#own = own
    this.#options = options
    const { promise, reject } = Promise.withResolvers<never>()
    this.replaced = promise
    // Prevents an unhandled rejection while nobody awaits `replaced`.
    promise.catch(() => undefined)
    this.#renewing = this.#renew(reject)
  }

  /** Renews the lease until it is lost or released. Sets it again after Redis was unavailable or lost its data. */
  async #renew(onReplaced: (reason: TriageError) => void): Promise<void> {
    const { leaseMs, server, log } = this.#options
    while (await this.#pause(leaseMs / 4)) {
      try {
        const held = await putLease(this.#redis, this.#own, this.#own, leaseMs)
        if (held === undefined) continue
        onReplaced(coordinatorReplaced(server, describeHolder(holderOf(held))))
        return
      } catch (error) {
        log.failure('queue.failed', error)
      }
    }
  }

  /** Returns whether to continue. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stopping
    await pause(ms, undefined, { signal }).catch(() => undefined)
    return !signal.aborted
  }

  async release(): Promise<void> {
    this.#stopping.abort()
    await this.#renewing
    try {
      await askRedis(this.#redis, () => this.#redis.eval(removeScript, 1, leaseKey, this.#own))
    } catch (error) {
      // The lease then lapses on its own.
      this.#options.log.failure('queue.failed', error)
    }
  }
}

/** Atomic, so that only one of two coordinators gets a free lease. */
const putScript = `
  local held = redis.call('GET', KEYS[1])
  if held and held ~= ARGV[1] then return held end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return false`

const removeScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`

/** Sets the lease if it is free or held as `replacing`. Otherwise returns the current lease. */
async function putLease(redis: Redis, replacing: string, own: string, leaseMs: number): Promise<string | undefined> {
  const held = await askRedis(redis, () => redis.eval(putScript, 1, leaseKey, replacing, own, leaseMs))
  return z.string().nullable().parse(held) ?? undefined
}

function holderOf(lease: string): LeaseHolder | undefined {
  return holderSchema.safeParse(parseJsonText(lease)).data
}

function describeHolder(holder: LeaseHolder | undefined): string {
  return holder === undefined ? 'of another version' : `process ${holder.pid} on ${holder.host}, since ${holder.since}`
}
