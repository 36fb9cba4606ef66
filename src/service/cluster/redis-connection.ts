import { Redis, type RedisOptions } from 'ioredis'
import { TriageError } from '../../errors/triage-error.ts'
import { redisEvicts, redisFailed, redisUnreachable } from './errors.ts'

/** Longest pause before the connection is tried again. */
const longestPauseMs = 1000
const answerTimeoutMs = 10_000

/** Connections are tried again for as long as they are wanted: Redis may be away for a restart, or for a night. */
const lasting: RedisOptions = {
  connectTimeout: 5000,
  retryStrategy: (attempt) => Math.min(longestPauseMs, attempt * 100),
}

/** A connection for commands. While Redis is away each command fails within seconds, so that whoever asked can decide. */
export function openCommands(url: string): Redis {
  return quiet(new Redis(url, { ...lasting, maxRetriesPerRequest: 3, commandTimeout: answerTimeoutMs }))
}

/** A connection that waits for what others say, through restarts of Redis too. */
export function openListener(url: string): Redis {
  return quiet(new Redis(url, { ...lasting, enableReadyCheck: false, maxRetriesPerRequest: null }))
}

/**
 * Asks Redis over a connection for commands. What fails then may pass: Redis is starting again, or is away.
 * @throws SERVICE_REDIS_FAILED, and errors of our own as they are
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

/** The commands that fail because of it tell of a lost connection. */
function quiet(connection: Redis): Redis {
  return connection.on('error', () => undefined)
}

/**
 * Asks Redis whether it can be relied upon: it answers, and does not drop what it holds when memory is short.
 * @throws SERVICE_REDIS_UNREACHABLE, SERVICE_REDIS_EVICTS
 */
export async function probeRedis(url: string, timeoutMs: number): Promise<void> {
  const connection = new Redis(url, {
    ...{ lazyConnect: true, connectTimeout: timeoutMs, commandTimeout: timeoutMs, maxRetriesPerRequest: 0 },
    retryStrategy: () => null,
    // ioredis waits this long even for a connection that was refused, and would keep the process alive for it.
    disconnectTimeout: 100,
  })
  // The connection's own error says why; what the command says is only that there is none.
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

/** Codes and Redis's own words (`WRONGPASS …`, `NOAUTH …`), which quote no secret. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}

/** Where Redis is, as messages name it: without user name and password. */
export function describeRedis(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
