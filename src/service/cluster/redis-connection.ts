import { Redis, type RedisOptions } from 'ioredis'
import { TriageError } from '../../errors/triage-error.ts'
import { redisEvicts, redisFailed, redisUnreachable } from './errors.ts'

/** Longest back-off before a reconnection. */
const longestPauseMs = 1000
const answerTimeoutMs = 10_000

/** Reconnects without limit: Redis may be down for a restart, or overnight. */
const lasting: RedisOptions = {
  connectTimeout: 5000,
  retryStrategy: (attempt) => Math.min(longestPauseMs, attempt * 100),
}

/** A connection for commands. While Redis is unavailable, each command fails within seconds and its caller decides. */
export function openCommands(url: string): Redis {
  return quiet(new Redis(url, { ...lasting, maxRetriesPerRequest: 3, commandTimeout: answerTimeoutMs }))
}

/** A connection for blocking reads and subscriptions. It survives restarts of Redis. */
export function openListener(url: string): Redis {
  return quiet(new Redis(url, { ...lasting, enableReadyCheck: false, maxRetriesPerRequest: null }))
}

/**
 * Queries Redis over a connection for commands. Failures are transient: Redis is restarting or unavailable.
 * @throws SERVICE_REDIS_FAILED; a TriageError is passed on unchanged
 */
export async function askRedis<Answer>({ options }: Redis, question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question()
  } catch (error) {
    if (error instanceof TriageError) throw error
    const { tls, host, port } = options
    const failed = redisFailed(`${tls ? 'rediss' : 'redis'}://${host ?? 'localhost'}:${port ?? 6379}`)
    failed.cause = error
    throw failed
  }
}

/** The time of Redis. All machines measure the waits of shared jobs by it, whatever their own clocks show. */
export async function serverTimeMs(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time()
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
}

/** Ignores connection errors: the commands that fail because of them report the lost connection. */
function quiet(connection: Redis): Redis {
  return connection.on('error', () => undefined)
}

/**
 * Checks that Redis answers and does not evict keys when memory is full.
 * @throws SERVICE_REDIS_UNREACHABLE, SERVICE_REDIS_EVICTS
 */
export async function probeRedis(url: string, timeoutMs: number): Promise<void> {
  const connection = new Redis(url, {
    ...{ lazyConnect: true, connectTimeout: timeoutMs, commandTimeout: timeoutMs, maxRetriesPerRequest: 0 },
    retryStrategy: () => null,
    // ioredis waits this long even after a refused connection, and keeps the process alive while it waits.
    disconnectTimeout: 100,
  })
  // The connection's error names the cause. The command's error says only that there is no connection.
  let cause: Error | undefined
  connection.on('error', (error) => {
    cause = error
  })
  try {
    await connection.connect()
    await connection.ping()
    const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(await connection.info('memory'))?.[1]
    if (policy !== undefined && policy !== 'noeviction') throw redisEvicts(describeRedis(url), policy)
  } catch (error) {
    if (error instanceof TriageError) throw error
    throw redisUnreachable(describeRedis(url), reasonOf(cause ?? error))
  } finally {
    connection.disconnect()
  }
}

/** An error code or Redis's own text (`WRONGPASS …`, `NOAUTH …`), which contains no secret. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}

/** Address of Redis for messages, without user name and password. */
export function describeRedis(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
