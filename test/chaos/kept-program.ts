import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** How often a program ended, by cause. */
export interface Ends {
  killed: number
  /** Failed starts, for example while Redis is down; each was retried. */
  refusedStarts: number
  /** Its last output before it exited unexpectedly. */
  readonly ownEnds: string[]
}

/** A command that is restarted whenever it ends, as a hospital's service manager does. */
export interface KeptProgram {
  readonly ends: Ends
  /** Kills it with SIGKILL and keeps it down for this time. */
  kill(downMs: number): Promise<void>
  /** Stops it for this time with SIGSTOP, as a virtual machine that is moved. */
  suspend(forMs: number): Promise<void>
  stop(): Promise<void>
}

export interface KeptProgramOptions {
  /** `serve` or `work`. */
  readonly command: string
  readonly configurationDir: string
  readonly environment: Readonly<Record<string, string>>
  /** Module that is loaded before the program. */
  readonly preload?: URL
  /** Its output is appended to this file. */
  readonly logFile: string
}

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const restartPauseMs = 500
const lastWordsLength = 2000
const stopTimeoutMs = 30_000

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
  readonly isReady: () => boolean
  readonly lastWords: () => string
}

export function keepProgram(options: KeptProgramOptions): KeptProgram {
  const ends: Ends = { killed: 0, refusedStarts: 0, ownEnds: [] }
  const stopping = new AbortController()
  let run = startProgram(options)
  let downMs: number | undefined
  const keep = async (): Promise<void> => {
    while (!hasStopped(stopping)) {
      await run.ended
      if (hasStopped(stopping)) return
      if (downMs !== undefined) ends.killed++
      else if (run.isReady()) ends.ownEnds.push(run.lastWords())
      else ends.refusedStarts++
      await pause(downMs ?? restartPauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      downMs = undefined
      if (!hasStopped(stopping)) run = startProgram(options)
    }
  }
  const kept = keep()
  return {
    ends,
    kill: async (forMs) => {
      const { child, ended } = run
      // It has just exited unexpectedly and is about to be restarted.
      if (child.exitCode !== null || child.signalCode !== null) return
      downMs = forMs
      child.kill('SIGKILL')
      await ended
      await pause(forMs)
    },
    suspend: async (forMs) => {
      const { child } = run
      child.kill('SIGSTOP')
      await pause(forMs)
      child.kill('SIGCONT')
    },
    stop: async () => {
      stopping.abort()
      run.child.kill('SIGTERM')
      const late = setTimeout(() => run.child.kill('SIGKILL'), stopTimeoutMs)
      await kept
      await run.ended
      clearTimeout(late)
    },
  }
}

/** A function, so that the compiler does not narrow the signal's state by an earlier check. */
function hasStopped({ signal }: AbortController): boolean {
  return signal.aborted
}

function startProgram({ command, configurationDir, environment, preload, logFile }: KeptProgramOptions): Run {
  const before = preload === undefined ? [] : ['--import', preload.href]
  const child = spawn(process.execPath, [...before, cli, command, '--orthanc-config', configurationDir, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  child.once('exit', () => process.off('exit', endWithUs))
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 })
  let [isReady, printed] = [false, '']
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(log, { end: false })
    stream.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-lastWordsLength)))
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{"event":"ready"')) isReady = true
  })
  const ended = once(child, 'close').finally(() => log.end())
  return { child, ended, isReady: () => isReady, lastWords: () => printed.trim() }
}
