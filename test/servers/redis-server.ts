import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endRedis, launchRedis } from '../../src/benchmark/redis-process.ts'
import { freePort } from '../../src/demo/free-port.ts'

/** A real Redis of a test's own. */
export interface RedisServer {
  readonly url: string
  /** Where it keeps what it keeps. */
  readonly dir: string
  /** Ends it with SIGKILL, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again at the same address, with what it had kept. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts Redis on a free loopback port, with every write kept on disk before it is answered, or nothing kept at all. */
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
