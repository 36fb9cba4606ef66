import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from '../../src/demo/free-port.ts'

/** A real PostgreSQL for one test. */
export interface PostgresServer {
  readonly port: number
  stop(): Promise<void>
}

/** Starts PostgreSQL on a free loopback port, without passwords. Root runs it as `postgres`; it refuses root. */
export async function startPostgres(): Promise<PostgresServer> {
  const initdb = globSync('/usr/lib/postgresql/*/bin/initdb').at(-1)
  if (initdb === undefined) throw new Error('PostgreSQL is not installed: npm test installs it')
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-postgres-'))
  const asRoot = process.getuid?.() === 0
  if (asRoot) spawnSync('chown', ['postgres:', dir])
  const user = asRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  const cluster = ['--pgdata', dir, '--username', 'orthanc', '--auth', 'trust', '--no-sync']
  const [program, ...prefix] = [...user, initdb]
  const made = spawnSync(program, [...prefix, ...cluster], { encoding: 'utf8', cwd: '/' })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const port = await freePort()
  const options = ['-D', dir, '-h', '127.0.0.1', '-p', String(port), '-k', '', '-c', 'fsync=off']
  const [postgres, ...args] = [...user, join(dirname(initdb), 'postgres'), ...options]
  const server = spawn(postgres!, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' })
  const endWithUs = (): void => void server.kill('SIGKILL')
  process.once('exit', endWithUs)
  server.once('exit', () => process.off('exit', endWithUs))
  await untilReady(server)
  return {
    port,
    stop: async () => {
      const ended = once(server, 'exit')
      // PostgreSQL's immediate shutdown.
      server.kill('SIGQUIT')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function untilReady(server: ChildProcess): Promise<void> {
  let printed = ''
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  server.stderr!.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    if (printed.includes('ready to accept connections')) resolve(undefined)
  })
  server.once('error', reject).once('exit', () => {
    reject(new Error(`PostgreSQL ended: ${printed}`))
  })
  await promise
}
