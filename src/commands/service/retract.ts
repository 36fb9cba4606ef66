import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { type JsonOption, jsonOption } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type ConfigurationOption, configurationOption } from './configuration-option.ts'
import type { RetractionState, ServiceClient } from './service-client.ts'

interface RetractOptions extends JsonOption, ConfigurationOption {
  model: string
  yes?: true
}

export function addRetract(program: Command, run: RunCommand): void {
  program
    .command('retract')
    .description(
      'withdraw every result of a model: rejection notes, FHIR entered-in-error, priority taken back; asks the running service',
    )
    .requiredOption('--model <version>', 'for example pneumonia/1.0.1, or its version alone')
    .addOption(configurationOption())
    .option('--yes', 'do not ask at the terminal')
    .addOption(jsonOption)
    .action((options: RetractOptions) => run(options, (output) => retract(options, output)))
}

/** Withdraws all results of a model, which never works again. */
async function retract({ model, orthancConfig, yes }: RetractOptions, output: CommandOutput): Promise<boolean> {
  const { openServiceClient } = await import('./service-client.ts')
  const service = await openServiceClient(orthancConfig)
  if (yes !== true && process.stdin.isTTY) await confirmRetraction(model)
  return retractModel(model, service, output)
}

/** @throws COMMAND_NOT_CONFIRMED */
async function confirmRetraction(model: string): Promise<void> {
  const [{ createInterface }, { retractionNotConfirmed }] = await Promise.all([
    import('node:readline/promises'),
    import('./service-client-errors.ts'),
  ])
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const question = `This withdraws every result of ${model} for good, and the model never works here again. Type ${model} to go on: `
  try {
    if ((await terminal.question(question)).trim() !== model) throw retractionNotConfirmed()
  } finally {
    terminal.close()
  }
}

const pollMs = 500

/**
 * Asks the running service to retract a model, and follows it until every result was withdrawn or cannot be. Ended before that, the
 * service goes on by itself, and the same command looks again.
 * @returns whether all results were withdrawn
 * @throws COMMAND_*
 */
async function retractModel(model: string, service: ServiceClient, output: CommandOutput): Promise<boolean> {
  let state = await service.retract(model)
  let told = ''
  while (state.pending > 0) {
    const words = describeProgress(state)
    if (words !== told) output.progress(words)
    told = words
    await delay(pollMs)
    state = await service.retraction(state.model)
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
