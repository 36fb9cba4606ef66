import { expect } from 'chai'
import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { type CoordinatorLease, type LeaseHolder, takeLease } from '../../../src/service/cluster/coordinator-lease.ts'
import { createLog } from '../../../src/log.ts'
import { openCommands } from '../../../src/service/cluster/redis-connection.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { until } from '../fixtures.ts'

const log = createLog({ level: 'silent', studyKey: (uid) => uid })
const longMs = 600_000

function holder(state: string, pid: number): LeaseHolder {
  return { state, host: 'ward-7', pid, since: '2026-04-02T10:00:00.000Z' }
}

describe('coordinator lease', function () {
  this.timeout(60_000)
  let redis: RedisServer
  let connection: Redis
  const leases: CoordinatorLease[] = []

  const take = async (who: LeaseHolder, leaseMs: number): Promise<CoordinatorLease> => {
    const lease = await takeLease(connection, { holder: who, leaseMs, server: redis.url, log })
    leases.push(lease)
    return lease
  }

  const held = async () => JSON.parse((await connection.get('lung-triage:coordinator-lease')) ?? '{}') as unknown

  beforeEach(async () => {
    redis = await startRedis()
    connection = openCommands(redis.url)
  })
  afterEach(async () => {
    for (const lease of leases.splice(0)) await lease.release()
    connection.disconnect()
    await redis.stop()
  })

  it('is refused to a second coordinator, with an error that names the holder', async () => {
    await take(holder('one', 11), 2000)
    const failure = await failureOf(take(holder('two', 22), 2000))
    expect([failure.code, failure.failureClass]).to.deep.equal(['SERVICE_COORDINATOR_RUNS', 'permanent'])
    for (const fact of ['process 11 on ward-7', redis.url]) expect(failure.message).to.include(fact)
  })

  it('goes to the next coordinator after its release', async () => {
    const first = await take(holder('one', 11), longMs)
    expect(await held()).to.deep.equal(holder('one', 11))
    expect(await connection.pttl('lung-triage:coordinator-lease')).to.be.within(1, longMs)
    await first.release()
    await take(holder('two', 22), longMs)
    expect(await held()).to.deep.equal(holder('two', 22))
  })

  it('goes immediately to a coordinator that restarts on the same state folder after a crash', async () => {
    await connection.set('lung-triage:coordinator-lease', JSON.stringify(holder('one', 11)), 'PX', longMs)
    await take(holder('one', 12), longMs)
    expect(await held()).to.deep.equal(holder('one', 12))
  })

  it('lapses after its holder died, even if that was a different version', async () => {
    await connection.set('lung-triage:coordinator-lease', 'written by another version', 'PX', 1000)
    await take(holder('two', 22), longMs)
    expect(await held()).to.deep.equal(holder('two', 22))
  })

  it('rejects `replaced` when another coordinator has taken the lease', async () => {
    const first = await take(holder('one', 11), 1000)
    await connection.set('lung-triage:coordinator-lease', JSON.stringify(holder('two', 22)), 'PX', longMs)
    const failure = await failureOf(first.replaced)
    expect(failure.code).to.equal('SERVICE_COORDINATOR_REPLACED')
    expect(failure.message).to.include('process 22 on ward-7')
    await first.release()
    expect(await connection.get('lung-triage:coordinator-lease'), 'the new lease is kept').to.include('22')
  })

  it('is still held, by its first holder only, after Redis lost its data', async () => {
    const first = await take(holder('one', 11), 1000)
    await redis.restart()
    await until(async () => (await connection.get('lung-triage:coordinator-lease').catch(() => null)) !== null, 50)
    expect((await failureOf(take(holder('two', 22), 1000))).message).to.include('process 11')
    expect(await Promise.race([first.replaced, pause(0, 'held')])).to.equal('held')
  })
})
