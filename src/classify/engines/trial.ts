import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { PassedOver } from '../engine.ts'
import type { Demand } from './candidates.ts'
import type { Verdict } from './verdict.ts'

export interface TrialOptions {
  readonly modelFile: string
  readonly provider: PassedOver['provider']
  readonly threads?: number | undefined
  readonly demand: Demand
}

const verdictSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('works') }),
  z.strictObject({ kind: z.literal('fails'), reason: z.string() }),
])

const trialProcess = fileURLToPath(new URL('trial-process.ts', import.meta.url))

/** Tries a provider in a separate process, so that a driver that aborts or hangs does not stop the service. */
export function tryProvider(options: TrialOptions, timeoutMs: number, script = trialProcess): Promise<Verdict> {
  const child = fork(script, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  return new Promise((resolve) => {
    // A process that does not start gives a second error, for its message; without a listener, it would end the service.
    child.on('error', (error) => {
      resolve({ kind: 'fails', reason: `its trial did not start: ${error.message}` })
    })
    child.once('message', (message) => {
      resolve(verdictSchema.parse(message))
    })
    child.once('exit', (code, signal) => {
      resolve({ kind: 'fails', reason: howItEnded(code, signal, timeoutMs) })
    })
    child.send(options)
  })
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null, timeoutMs: number): string {
  if (signal === 'SIGKILL') return `it did not compute two images within ${timeoutMs / 1000} s`
  return `its trial process ended (${signal ?? `exit code ${code ?? 'unknown'}`})`
}
