import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { type JsonOption, jsonOption } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type ConfigurationOption, configurationOption } from './configuration-option.ts'

interface ReplayOptions extends JsonOption, ConfigurationOption {
  study?: string
  dead?: true
}

/** Which studies to retry. */
type Replay = { readonly kind: 'study'; readonly studyInstanceUid: string } | { readonly kind: 'dead' }

export function addReplay(program: Command, run: RunCommand): void {
  program
    .command('replay')
    .description('have the running service analyse a study again, or retry all dead letters')
    .option('--study <uid>', 'Study Instance UID of the study to analyse again')
    .option('--dead', 'retry all dead letters: failed studies and failed deliveries')
    .addOption(configurationOption())
    .addOption(jsonOption)
    .action((options: ReplayOptions, command: Command) => {
      const which = replayOf(options, command)
      return run(options, (output) => replay(which, options, output))
    })
}

function replayOf({ study: studyInstanceUid, dead }: ReplayOptions, command: Command): Replay {
  if (studyInstanceUid !== undefined && dead === undefined) return { kind: 'study', studyInstanceUid }
  if (studyInstanceUid === undefined && dead === true) return { kind: 'dead' }
  return command.error('error: give either --study or --dead')
}

/**
 * Asks the running service to analyse studies again, whatever their previous outcome, and to retry failed deliveries.
 * @throws COMMAND_*
 */
async function replay(which: Replay, { orthancConfig }: ConfigurationOption, output: CommandOutput): Promise<boolean> {
  const [{ openServiceClient }, { retryUntilAnswered }] = await Promise.all([
    import('./service-client.ts'),
    import('./retry-until-answered.ts'),
  ])
  const service = await openServiceClient(orthancConfig)
  const { studies, deliveries } =
    which.kind === 'study' ? { studies: [which.studyInstanceUid], deliveries: [] } : await service.deadLetters()
  for (const studyInstanceUid of studies) {
    const effect = await retryUntilAnswered(() => service.retry(studyInstanceUid), output)
    output.result({ studyInstanceUid, effect }, `${studyInstanceUid}: ${words[effect]}`)
  }
  for (const delivery of deliveries) {
    const effect = await retryUntilAnswered(() => service.retryDelivery(delivery), output)
    const { studyInstanceUid, target } = delivery
    output.result({ ...delivery, effect }, `${studyInstanceUid}, delivery to ${target}: ${words[effect]}`)
  }
  if (studies.length + deliveries.length === 0) output.progress('There are no dead letters.')
  return true
}

const words = {
  queued: 'queued for retry.',
  unchanged: 'already in the queue.',
  'after-current': 'in progress; retried when the current run finishes.',
} as const
