import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endRedis, launchRedis } from '../../src/benchmark/redis-process.ts'
import { freePort } from '../../src/demo/free-port.ts'

/** A real Redis for one test. */
export interface RedisServer {
  readonly url: string
  /** Its data folder. */
  readonly dir: string
  /** Ends it with SIGKILL, like a crash. */
  kill(): Promise<void>
  /** Restarts it at the same address with its persisted data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts Redis on a free loopback port. It persists every write before it answers, or nothing. */
export async function startRedis(keeps: 'every-write' | 'nothing' = 'nothing'): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-redis-'))
  const port = await freePort()
  const persistence = keeps === 'nothing' ? [] : ['--appendonly', 'yes', '--appendfsync', 'always']
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir, ...persistence]
  let server = await launchRedis(options)
  return {
    url: `redis://127.0.0.1:${port}`,
    dir,
    kill: () => endRedis(server, 'SIGKILL'),
    restart: async () => {
      await endRedis(server, 'SIGTERM')
      server = await launchRedis(options)
    },
    stop: async () => {
      await endRedis(server, 'SIGTERM')
      await rm(dir, { recursive: true })
    },
  }
}
