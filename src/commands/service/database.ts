import type { Command } from 'commander'
import { systemClock } from '../../clock.ts'
import type { Settings } from '../../settings/settings.ts'
import { type ConfigurationOption, configurationOption } from './configuration-option.ts'
import type { RunCommand } from '../command-line.ts'
import { type JsonOption, jsonOption, wholeNumber } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'

interface RollbackOptions extends JsonOption {
  to: number
}

type StateOptions = JsonOption & ConfigurationOption

export function addDatabase(program: Command, run: RunCommand): void {
  const database = program.command('database').description('back up, restore and convert the state of the service')
  database
    .command('backup <folder>')
    .description('copy the state of a running or stopped service into a new folder')
    .addOption(configurationOption())
    .addOption(jsonOption)
    .action((folder: string, options: StateOptions) => run(options, (output) => backUpTo(folder, options, output)))
  database
    .command('restore <folder>')
    .description('replace the state of a stopped service by a backup; keeps the former files')
    .addOption(configurationOption())
    .addOption(jsonOption)
    .action((folder: string, options: StateOptions) => run(options, (output) => restoreFrom(folder, options, output)))
  database
    .command('rollback <file>')
    .description('convert store.sqlite or queue.sqlite to the schema of an older version; keeps a copy first')
    .requiredOption(
      '--to <schema>',
      'schema number, as reported by the older version when it refuses to start',
      wholeNumber,
    )
    .addOption(jsonOption)
    .action((file: string, options: RollbackOptions) => run(options, (output) => rollBackTo(file, options.to, output)))
}

/** @throws CONFIGURATION_*, COMMAND_*, SERVICE_* */
async function backUpTo(folder: string, options: StateOptions, output: CommandOutput): Promise<boolean> {
  const settings = await settingsOf(options)
  const { backUpState } = await import('../../service/store/sqlite/database-backup.ts')
  await backUpState(settings.StateDir, folder, async () => {
    const { serviceClientOf } = await import('./service-client.ts')
    await (await serviceClientOf(settings)).backUp()
  })
  output.result({ stateDir: settings.StateDir, folder }, `${settings.StateDir}: backed up to ${folder}`)
  return true
}

/** @throws CONFIGURATION_*, SERVICE_* */
async function restoreFrom(folder: string, options: StateOptions, output: CommandOutput): Promise<boolean> {
  const { StateDir: stateDir } = await settingsOf(options)
  const { restoreState } = await import('../../service/store/sqlite/database-backup.ts')
  const kept = await restoreState(stateDir, folder, systemClock.now())
  output.result({ stateDir, folder, kept }, [`${stateDir}: restored from ${folder}. Kept:`, ...kept].join('\n'))
  return true
}

async function settingsOf({ orthancConfig }: StateOptions): Promise<Settings> {
  const { requireSettings } = await import('../../settings/read-settings.ts')
  return requireSettings(orthancConfig, process.env)
}

/** Rolls a database back to the schema of an older version. */
async function rollBackTo(path: string, to: number, output: CommandOutput): Promise<boolean> {
  const { rollBack } = await import('../../service/store/sqlite/database.ts')
  const { from, copy } = rollBack(path, to)
  output.result(
    { path, from, to, copy },
    `${path}: rolled back from schema ${from} to ${to}. Copy of the original: ${copy}`,
  )
  return true
}
