import { expect } from 'chai'
import { Redis } from 'ioredis'
import { RedisQueue } from '../../../src/service/queue/redis-queue.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { studyUid, until } from '../fixtures.ts'
import { type QueueBench, queueContract } from './queue-contract.ts'

const leaseMs = 30_000
const silenceCheckMs = 5

/** Simulates the passage of time: moves leases, due times and end times in Redis into the past. */
async function shift(redis: Redis, ms: number): Promise<void> {
  for (const key of await redis.keys('lung-triage:studies:*:lock')) {
    await redis.pexpire(key, Math.max(1, (await redis.pttl(key)) - ms))
  }
  for (const [id, score] of pairs(await redis.zrange('lung-triage:studies:delayed', 0, -1, 'WITHSCORES'))) {
    await redis.zadd('lung-triage:studies:delayed', Number(score) - ms * 0x1000, id)
  }
  for (const ends of ['completed', 'failed']) {
    for (const id of await redis.zrange(`lung-triage:studies:${ends}`, 0, -1)) {
      await redis.hincrby(`lung-triage:studies:${id}`, 'finishedOn', -ms)
    }
  }
}

function pairs(flat: readonly string[]): (readonly [string, string])[] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!] as const)
}

function bench(server: RedisServer, redis: Redis): QueueBench {
  const queue = new RedisQueue({ redisUrl: server.url, leaseMs, silenceCheckMs })
  return {
    queue,
    leaseMs,
    now: () => new Date(),
    advance: (ms) => shift(redis, ms),
    // A killed process cannot release its leases: they lapse.
    restart: async () => {
      await shift(redis, leaseMs)
      await queue.close()
      return bench(server, redis)
    },
    close: async () => {
      await queue.close()
      redis.disconnect()
    },
  }
}

/** Runs work on a machine whose clock differs. */
async function withSkew<Result>(ms: number, work: () => Promise<Result>): Promise<Result> {
  const realNow = Date.now
  Date.now = () => realNow() + ms
  try {
    return await work()
  } finally {
    Date.now = realNow
  }
}

describe('Redis queue', () => {
  let server: RedisServer

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())

  queueContract(async () => {
    const redis = new Redis(server.url)
    await redis.flushall()
    return bench(server, redis)
  })

  const yearsMs = 20 * 365 * 86_400_000
  for (const skewMs of [-yearsMs, -3_600_000, 3_600_000, yearsMs])
    it(`lets a retry wait as long as it was told if the worker's clock differs from that of Redis by ${skewMs} ms`, () =>
      withRedis(async (redis, queue) => {
        await queue.enqueue({ studyInstanceUid: studyUid(1) }, 'normal', 'arrived')
        const claim = (await queue.claim())!
        await withSkew(skewMs, () => queue.retryIn(claim, 600_000))
        for (const other of [0, -skewMs, skewMs]) expect(await withSkew(other, () => queue.claim())).to.equal(undefined)
        await shift(redis, 600_001)
        expect((await withSkew(skewMs, () => queue.claim()))?.attempt).to.equal(2)
      }))

  it('repeats a study at once whose retry is years away, because the clock of Redis was set back', () =>
    withRedis(async (redis, queue) => {
      await queue.enqueue({ studyInstanceUid: studyUid(1) }, 'normal', 'arrived')
      await queue.retryIn((await queue.claim())!, 1_800_000)
      expect(await queue.claim()).to.equal(undefined)
      await shift(redis, -yearsMs)
      expect((await queue.claim())?.attempt).to.equal(2)
      expect(await queue.claim()).to.equal(undefined)
    }))

  async function withRedis(test: (redis: Redis, queue: RedisQueue) => Promise<void>): Promise<void> {
    const redis = new Redis(server.url)
    await redis.flushall()
    const queue = new RedisQueue({ redisUrl: server.url, leaseMs, silenceCheckMs })
    try {
      await test(redis, queue)
    } finally {
      await queue.close()
      redis.disconnect()
    }
  }

  it('notifies the workers of other machines of new work', async () => {
    const [here, there] = [0, 1].map(() => new RedisQueue({ redisUrl: server.url, leaseMs, silenceCheckMs }))
    try {
      const notified = Promise.withResolvers<undefined>()
      there!.onWork(() => {
        notified.resolve(undefined)
      })
      // A connected queue has claimed at least once.
      await Promise.all([here!.claim(), there!.claim()])
      await here!.enqueue({ studyInstanceUid: studyUid(1) }, 'normal', 'arrived')
      await notified.promise
      expect((await there!.claim())?.study.studyInstanceUid).to.equal(studyUid(1))
    } finally {
      await Promise.all([here!.close(), there!.close()])
    }
  })

  it('closes its connections, so that the process can end', async () => {
    const redis = new Redis(server.url)
    try {
      const connections = async () =>
        String(await redis.client('LIST'))
          .trim()
          .split('\n').length
      const before = await connections()
      const queue = new RedisQueue({ redisUrl: server.url, leaseMs, silenceCheckMs })
      await queue.claim()
      expect(await connections()).to.be.greaterThan(before)
      await queue.close()
      await until(async () => (await connections()) === before)
    } finally {
      redis.disconnect()
    }
  })
})
