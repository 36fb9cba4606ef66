import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { type JsonOption, dicomDay, jsonOption, positiveNumber } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type ConfigurationOption, configurationOption } from './configuration-option.ts'

interface BackfillOptions extends JsonOption, ConfigurationOption {
  from: string
  to: string
  studiesPerMinute: number
}

export function addBackfill(program: Command, run: RunCommand): void {
  program
    .command('backfill')
    .description("have the running service analyse the archive's past studies; skips studies that it already knows")
    .requiredOption('--from <YYYYMMDD>', 'first Study Date', dicomDay)
    .requiredOption('--to <YYYYMMDD>', 'last Study Date', dicomDay)
    .addOption(configurationOption())
    .option('--studies-per-minute <number>', 'maximum number of studies queued per minute', positiveNumber, 20)
    .addOption(jsonOption)
    .action((options: BackfillOptions, command: Command) => {
      if (options.from > options.to) command.error('error: --from must not be after --to')
      return run(options, (output) => backfill(options, output))
    })
}

/** Queues past studies of the archive at the running service. */
async function backfill(
  { orthancConfig, from, to, studiesPerMinute }: BackfillOptions,
  output: CommandOutput,
): Promise<boolean> {
  const [
    { backfillDays },
    { serviceClientOf },
    { requireSettings },
    { trustSettings },
    { serversOf },
    { StudySearch },
  ] = await Promise.all([
    import('./backfill-days.ts'),
    import('./service-client.ts'),
    import('../../settings/read-settings.ts'),
    import('../../settings/derived/trust-settings.ts'),
    import('../../clients/servers.ts'),
    import('../../intake/study-search.ts'),
  ])
  const settings = await requireSettings(orthancConfig, process.env)
  await trustSettings(settings)
  const search = new StudySearch(serversOf(settings).dicomWeb)
  const service = await serviceClientOf(settings)
  return backfillDays({ from, to, studiesPerMinute }, { search, service, output })
}
