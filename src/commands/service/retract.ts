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
      'have the running service withdraw every result of a model (rejection notes, FHIR entered-in-error, priority reset)',
    )
    .requiredOption(
      '--model <version>',
      'model to withdraw, for example pneumonia/1.0.1; the version alone if only one model has it',
    )
    .addOption(configurationOption())
    .option('--yes', 'do not ask for confirmation')
    .addOption(jsonOption)
    .action((options: RetractOptions) => run(options, (output) => retract(options, output)))
}

/** Withdraws all results of a model and disables the model permanently. */
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
  const question = `This permanently withdraws every result of ${model} and disables the model on this service. Type ${model} to confirm: `
  try {
    if ((await terminal.question(question)).trim() !== model) throw retractionNotConfirmed()
  } finally {
    terminal.close()
  }
}

const pollMs = 500

/**
 * Asks the running service to retract a model, and reports progress until every result is withdrawn or has failed. If
 * this command is interrupted, the service continues; running the command again resumes the progress report.
 * @returns true if all results were withdrawn
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
  const reasons = problems.map(({ reason }) => ` Retrying: ${reason}`).join('')
  return `${done} withdrawn, ${pending} remaining.${reasons}`
}

function describeEnd({ model, done, failed, problems }: RetractionState): string {
  const summary = `${model} is retracted and no longer analyses studies. ${results(done)} withdrawn.`
  if (failed === 0) return summary
  const reasons = problems.map(({ code, reason }) => `\n  ${reason} [${code}]`).join('')
  return `${summary} ${results(failed)} could not be withdrawn. Correct the cause and run the command again:${reasons}`
}

function results(count: number): string {
  return count === 1 ? '1 result' : `${count} results`
}
