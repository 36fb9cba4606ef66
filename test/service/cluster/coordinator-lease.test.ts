import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { type CoordinatorLease, type LeaseHolder, takeLease } from '../../../src/service/cluster/coordinator-lease.ts'
import { log as silent } from '../queue/runner-bench.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { until } from '../fixtures.ts'

const holderOf = (state: string): LeaseHolder => ({ state, host: 'ward-7', pid: 7, since: '2026-04-02T10:00:00.000Z' })
const never = 3_600_000
/** A lease that is renewed every millisecond. */
const shortMs = 4

/** One lease, as the scripts keep it in Redis. Each answer comes late, and in the order of the questions. */
class FakeRedis {
  held: string | undefined
  readonly journal: string[] = []
  readonly events: string[] = []
  /** Before the answer to a question. */
  before: (question: string) => Promise<void> | void = () => undefined
  /** The remaining times of a lease that this answers, one after the other. It lapses after the last. */
  remainingMs: number[] = []

  async #answer<Value>(question: string, value: () => Value): Promise<Value> {
    this.journal.push(question)
    await this.before(question)
    await new Promise(setImmediate)
    const answer = value()
    this.journal.push(`${question} ended`)
    return answer
  }

  readonly connection = {
    options: {},
    eval: (_script: string, _keys: number, _key: string, ...[replacing, own]: readonly string[]) =>
      own === undefined
        ? this.#answer('remove', () => {
            if (this.held === replacing) this.held = undefined
          })
        : this.#answer('put', () => {
            if (this.held !== undefined && this.held !== replacing) return this.held
            this.held = own
            return null
          }),
    pttl: () =>
      this.#answer('pttl', () => {
        const left = this.remainingMs.shift() ?? 0
        if (this.remainingMs.length === 0) this.held = undefined
        return left
      }),
  } as unknown as Redis

  take(state: string, leaseMs: number): Promise<CoordinatorLease> {
    const log = { ...silent, failure: (event: string) => this.events.push(event) } as typeof silent
    return takeLease(this.connection, { holder: holderOf(state), leaseMs, server: 'redis://redis', log })
  }

  count(question: string): number {
    return this.journal.filter((one) => one === question).length
  }
}

describe('coordinator lease, with a slow Redis', () => {
  it('is waited for as long as its remaining time does not grow', async () => {
    const redis = new FakeRedis()
    redis.held = JSON.stringify(holderOf('one'))
    redis.remainingMs = [500, 500, 0]
    const lease = await redis.take('two', never)
    expect(redis.held).to.equal(JSON.stringify(holderOf('two')))
    await lease.release()
  })

  it('is removed only after a renewal in progress has ended, which would otherwise take it again', async () => {
    const redis = new FakeRedis()
    const lease = await redis.take('one', shortMs)
    const answer = Promise.withResolvers<undefined>()
    redis.journal.length = 0
    redis.before = (question) => (question === 'put' ? answer.promise : undefined)
    await until(() => redis.journal.length === 1)
    const released = lease.release()
    await new Promise(setImmediate)
    answer.resolve(undefined)
    await released
    expect(redis.journal).to.deep.equal(['put', 'put ended', 'remove', 'remove ended'])
    expect(redis.held).to.equal(undefined)
  })

  it('is renewed again after a renewal that failed', async () => {
    const redis = new FakeRedis()
    const lease = await redis.take('one', shortMs)
    redis.before = () => {
      redis.before = () => undefined
      throw new Error('no answer')
    }
    await until(() => redis.events.length > 0)
    const before = redis.count('put ended')
    await until(() => redis.count('put ended') > before)
    await lease.release()
    expect(redis.events).to.deep.equal(['queue.failed'])
  })

  it('is not asked for again once another coordinator has it, which fails nothing while nobody awaits it', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const redis = new FakeRedis()
    const lease = await redis.take('one', shortMs)
    const before = redis.count('put')
    const other = JSON.stringify(holderOf('two'))
    redis.before = () => {
      redis.held = other
    }
    await until(() => redis.held === other)
    // Time for several renewals.
    await new Promise((resolve) => setTimeout(resolve, 10 * shortMs))
    process.off('unhandledRejection', note)
    expect(unhandled).to.deep.equal([])
    expect(redis.count('put')).to.be.at.most(before + 1)
    expect((await failureOf(lease.replaced)).code).to.equal('SERVICE_COORDINATOR_REPLACED')
    await lease.release()
    expect(redis.held).to.equal(other)
  })

  it('is released without an error if Redis gives no answer', async () => {
    const redis = new FakeRedis()
    const lease = await redis.take('one', never)
    redis.before = () => Promise.reject(new Error('no answer'))
    await lease.release()
    expect(redis.events).to.deep.equal(['queue.failed'])
  })
})
