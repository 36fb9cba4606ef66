import { setTimeout as delay } from 'node:timers/promises'
import { TriageError, isRetried } from '../../errors/triage-error.ts'
import type { CommandOutput } from '../command-output.ts'

/** Retry interval. */
const retryPauseMs = 5000

/** Retries until there is an answer or a permanent failure. Reports each reason for waiting once. */
export async function retryUntilAnswered<Answer>(ask: () => Promise<Answer>, output: CommandOutput): Promise<Answer> {
  let told = ''
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof TriageError) || !isRetried(error.failureClass)) throw error
      if (error.message !== told) output.progress(`Waiting: ${error.message}`)
      told = error.message
      await delay(retryPauseMs)
    }
  }
}
