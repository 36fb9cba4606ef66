import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { serviceEnded } from './errors.ts'

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url))
const stopTimeoutMs = 30_000
const lastWordsLength = 1000

/** The line that `serve --json` prints when it is ready. */
const readyLine = z.object({ event: z.literal('ready'), url: z.url(), loginUrl: z.url() })

/** `lung-triage serve` as its own process, as in production. */
export interface ServiceProcess {
  readonly url: string
  /** One-time sign-in link. */
  readonly loginUrl: string
  readonly pid: number
  /** Rejects if the service exits without `stop`. */
  readonly ended: Promise<never>
  /** Stops it and waits for its exit. SIGTERM lets it finish its work, SIGKILL does not. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

interface ServiceProcessOptions {
  readonly orthancConfigurationDir: string
  /** Values for `${NAME}` in the configuration: passwords and the token. */
  readonly secrets: Readonly<Record<string, string>>
  /** Its output is appended to this file. */
  readonly logFile: string
}

/**
 * Starts the service and waits until it is ready.
 * @throws DEMO_SERVICE_ENDED
 */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [cli, 'serve', '--orthanc-config', options.orthancConfigurationDir, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.secrets },
  })
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  child.once('exit', () => process.off('exit', endWithUs))
  const log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  let asked = false
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-lastWordsLength)))
  const ended = endOf(child, (how) => (asked ? undefined : serviceEnded(how, options.logFile, printed.trim())))
  const { url, loginUrl } = await Promise.race([readyLineOf(child), ended])
  return {
    url,
    loginUrl,
    pid: child.pid!,
    ended,
    stop: async (signal = 'SIGTERM') => {
      asked = true
      await stop(child, signal)
      log.end()
    },
  }
}

/** @param failure gives the error of an exit, or undefined if it was requested */
function endOf(child: ChildProcess, failure: (how: string) => Error | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  const tell = (how: string): void => {
    const error = failure(how)
    if (error !== undefined) reject(error)
  }
  child.once('error', (error) => {
    tell(error.message)
  })
  // "close" is emitted after all output was read.
  child.once('close', (code, signal) => {
    tell(signal ?? `exit code ${String(code)}`)
  })
  // Prevents an unhandled rejection while nobody awaits it.
  promise.catch(() => undefined)
  return promise
}

async function readyLineOf({ stdout }: ChildProcess): Promise<z.output<typeof readyLine>> {
  const { promise, resolve } = Promise.withResolvers<z.output<typeof readyLine>>()
  createInterface({ input: stdout! }).on('line', (line) => {
    const parsed = readyLine.safeParse(jsonOf(line))
    if (parsed.success) resolve(parsed.data)
  })
  return promise
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await exited
  clearTimeout(late)
}
