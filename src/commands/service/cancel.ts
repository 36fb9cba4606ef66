import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { type JsonOption, jsonOption } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type ConfigurationOption, configurationOption } from './configuration-option.ts'

interface CancelOptions extends JsonOption, ConfigurationOption {
  study: string
}

export function addCancel(program: Command, run: RunCommand): void {
  program
    .command('cancel')
    .description('have the running service remove a study from its queue')
    .requiredOption('--study <uid>', 'Study Instance UID of the study to cancel')
    .addOption(configurationOption())
    .addOption(jsonOption)
    .action((options: CancelOptions) => run(options, (output) => cancel(options, output)))
}

/**
 * Asks the running service to remove a study from its queue.
 * @returns false if the study is in progress
 * @throws COMMAND_*
 */
async function cancel(options: CancelOptions, output: CommandOutput): Promise<boolean> {
  const { openServiceClient } = await import('./service-client.ts')
  const service = await openServiceClient(options.orthancConfig)
  const studyInstanceUid = options.study
  const effect = await service.cancel(studyInstanceUid)
  output.result({ studyInstanceUid, effect }, `${studyInstanceUid}: ${words[effect]}`)
  return effect !== 'under-way'
}

const words = {
  cancelled: 'removed from the queue.',
  'under-way': 'in progress; it is retried only after a transient failure.',
  nothing: 'not in the queue.',
} as const
