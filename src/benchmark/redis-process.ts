import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { redisDidNotStart } from './errors.ts'

/**
 * Starts redis-server as a child process that is killed when this process exits. Waits until it accepts connections.
 * @param options command-line options
 * @throws BENCHMARK_REDIS_DID_NOT_START
 */
export async function launchRedis(options: readonly string[]): Promise<ChildProcess> {
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  const endWithUs = (): void => void server.kill('SIGKILL')
  process.once('exit', endWithUs)
  server.once('exit', () => process.off('exit', endWithUs))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(redisDidNotStart(error.message))
    })
    server.once('exit', (code, signal) => {
      reject(redisDidNotStart(signal ?? `exit code ${String(code)}`))
    })
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('Ready to accept connections')) resolve()
    })
  })
  return server
}

/** Ends the server and waits for its exit. SIGTERM lets it write its data first, SIGKILL does not. */
export async function endRedis(server: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}
