import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { CommandOutput } from './command-output.ts'
import { askService } from './running-service.ts'
import type { RunningService } from './running-service-request.ts'

const pollMs = 500

const retractionSchema = z.object({
  model: z.string(),
  retractedAt: z.string(),
  pending: z.number(),
  done: z.number(),
  failed: z.number(),
  problems: z.array(z.object({ code: z.string(), reason: z.string() })),
})
type RetractionState = z.output<typeof retractionSchema>

/**
 * Asks the running service to retract a model, and follows it until every result was withdrawn or cannot be. Ended before that, the
 * service goes on by itself, and the same command looks again.
 * @returns whether all results were withdrawn
 * @throws COMMAND_*
 */
export async function retractModel(model: string, service: RunningService, output: CommandOutput): Promise<boolean> {
  let state = await askService(service, { method: 'POST', path: '/api/retractions', body: { model } }, retractionSchema)
  let told = ''
  while (state.pending > 0) {
    const words = describeProgress(state)
    if (words !== told) output.progress(words)
    told = words
    await delay(pollMs)
    const path = `/api/retractions/${state.model.split('/').map(encodeURIComponent).join('/')}`
    state = await askService(service, { method: 'GET', path }, retractionSchema)
  }
  output.result({ ...state }, describeEnd(state))
  return state.failed === 0
}

function describeProgress({ pending, done, problems }: RetractionState): string {
  const reasons = problems.map(({ reason }) => ` Trying again: ${reason}`).join('')
  return `${done} withdrawn, ${pending} to go.${reasons}`
}

function describeEnd({ model, done, failed, problems }: RetractionState): string {
  const summary = `${model} is retracted and analyses nothing any more. ${results(done)} withdrawn.`
  if (failed === 0) return summary
  const reasons = problems.map(({ code, reason }) => `\n  ${reason} [${code}]`).join('')
  return `${summary} ${results(failed)} could not be withdrawn; mend this and ask again:${reasons}`
}

function results(count: number): string {
  return count === 1 ? '1 result' : `${count} results`
}
