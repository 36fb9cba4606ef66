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
  /** Whose state it is, see `stateId`. */
  state: z.string(),
  host: z.string(),
  pid: z.number(),
  since: z.string(),
})

/** A coordinator, as others are told of it. */
export type LeaseHolder = z.output<typeof holderSchema>

export interface LeaseOptions {
  readonly holder: LeaseHolder
  /** How long a coordinator may be silent before another may take its place. */
  readonly leaseMs: number
  /** Where Redis is, for messages. */
  readonly server: string
  readonly log: Log
}

/** That this process alone coordinates the work in a Redis. */
export interface CoordinatorLease {
  /** Rejects when another coordinator took over. */
  readonly replaced: Promise<never>
  /** Lets the next one start at once. */
  release(): Promise<void>
}

/**
 * Becomes the one coordinator of a Redis: two would each act on the reports of workers, and give studies of the other up. Who holds
 * the lease renews it; one that is not renewed lapses, so a holder that died is waited for no longer than that. Where the lease is of
 * the very state folder that this process has locked, its holder cannot live any more, and is not waited for at all.
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
    // Its time only grows when somebody renews it.
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
    // Who waits for it hears of it; while nobody waits it is no unhandled rejection.
    promise.catch(() => undefined)
    this.#renewing = this.#renew(reject)
  }

  /** A Redis that is away, or forgot everything, is told again when it is back. */
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

  /** Says whether to go on. */
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
      // It lapses by itself.
      this.#options.log.failure('queue.failed', error)
    }
  }
}

/** In one step, so that of two who find the place free one gets it. */
const putScript = `
  local held = redis.call('GET', KEYS[1])
  if held and held ~= ARGV[1] then return held end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return false`

const removeScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`

/** Puts a lease where there is none, or one that is to be replaced; gives the one that stands in its way. */
async function putLease(redis: Redis, replacing: string, own: string, leaseMs: number): Promise<string | undefined> {
  const held = await askRedis(redis, () => redis.eval(putScript, 1, leaseKey, replacing, own, leaseMs))
  return z.string().nullable().parse(held) ?? undefined
}

function holderOf(lease: string): LeaseHolder | undefined {
  return holderSchema.safeParse(parseJsonText(lease)).data
}

function describeHolder(holder: LeaseHolder | undefined): string {
  return holder === undefined
    ? 'one of another version'
    : `process ${holder.pid} on ${holder.host}, since ${holder.since}`
}
