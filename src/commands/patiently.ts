import { setTimeout as delay } from 'node:timers/promises'
import type { CommandOutput } from './command-output.ts'
import { TriageError } from '../errors.ts'

/** How long a server is left alone that cannot answer now. */
const patienceMs = 5000

/** Asks until there is an answer, or a failure that will not pass; says once why it waits. */
export async function patiently<Answer>(ask: () => Promise<Answer>, output: CommandOutput): Promise<Answer> {
  let told = ''
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof TriageError) || error.failureClass === 'permanent') throw error
      if (error.message !== told) output.progress(`Waiting: ${error.message}`)
      told = error.message
      await delay(patienceMs)
    }
  }
}
