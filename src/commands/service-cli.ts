import { type Command, Option } from 'commander'
import type { SettingsSource } from './main.ts'
import type { Replay } from './replay.ts'
import {
  type JsonOption,
  type RunCommand,
  dicomDay,
  jsonOption,
  positiveNumber,
  wholeNumber,
} from './command-options.ts'

/** The commands that run the service, or speak to it. */
export function addServiceCommands(program: Command, run: RunCommand): void {
  program
    .command('demo [images...]')
    .description('everything on one machine: Orthanc, the service, a viewer, and studies sent through')
    .option('--exit-when-done', 'stop everything when each study has its results; fail if one has not')
    .option('--synthetic', 'use radiographs synthesised from the lung atlas even where real ones are at hand')
    .addOption(jsonOption)
    .action((images: string[], options: JsonOption & { exitWhenDone?: true; synthetic?: true }) =>
      run(options, async (output) => (await import('./main.ts')).demo(images, options, output)),
    )
  program
    .command('serve')
    .description('the service, with the settings of Orthanc')
    .option('--orthanc-config <path>', "Orthanc's configuration file or folder, with a LungTriage section")
    .option('--orthanc-plugin <url>', 'root of an Orthanc whose Lung Triage plugin passes on that section')
    .option('--until-stdin-closes', 'end when standard input ends, and so with the program that started it')
    .addOption(jsonOption)
    .action((options: JsonOption & ServeOptions, command: Command) => {
      const source = settingsSource(options, command)
      const stopOn = options.untilStdinCloses === true ? 'signal-or-end-of-stdin' : 'signal'
      return run(options, async (output) => (await import('./main.ts')).serve(source, stopOn, output))
    })
  program
    .command('retract')
    .description(
      'withdraw every result of a model: rejection notes, FHIR entered-in-error, priority taken back; asks the running service',
    )
    .requiredOption('--model <version>', 'for example pneumonia/1.0.1, or its version alone')
    .addOption(runningServiceOption())
    .option('--yes', 'do not ask at the terminal')
    .addOption(jsonOption)
    .action((options: JsonOption & { model: string; orthancConfig: string; yes?: true }) =>
      run(options, async (output) => (await import('./main.ts')).retract(options, output)),
    )
  addQueueCommands(program, run)
  addDatabaseCommand(program, run)
  program
    .command('work')
    .description('a further worker on this or another machine, for a service whose settings have Queue.RedisUrl')
    .requiredOption(
      '--orthanc-config <path>',
      'a configuration file or folder with the LungTriage section of the service',
    )
    .addOption(jsonOption)
    .action((options: JsonOption & { orthancConfig: string }) =>
      run(options, async (output) => (await import('./main.ts')).work(options.orthancConfig, output)),
    )
}

function addDatabaseCommand(program: Command, run: RunCommand): void {
  program
    .command('database')
    .description('the state of a service that does not run')
    .command('rollback <file>')
    .description('store.sqlite or queue.sqlite back to the schema of an older version, after a copy of it was kept')
    .requiredOption(
      '--to <schema>',
      'number of the schema, which the older version names when it refuses to start',
      wholeNumber,
    )
    .addOption(jsonOption)
    .action((file: string, options: JsonOption & { to: number }) =>
      run(options, async (output) => (await import('./main.ts')).rollBackDatabase(file, options.to, output)),
    )
}

/** What the running service is asked to take up, take up again, or leave. */
function addQueueCommands(program: Command, run: RunCommand): void {
  program
    .command('backfill')
    .description("have the running service analyse the archive's past studies; those it knows are passed over")
    .requiredOption('--from <YYYYMMDD>', 'first day, by Study Date', dicomDay)
    .requiredOption('--to <YYYYMMDD>', 'last day', dicomDay)
    .addOption(runningServiceOption())
    .option('--studies-per-minute <number>', 'most studies queued in a minute', positiveNumber, 20)
    .addOption(jsonOption)
    .action((options: JsonOption & BackfillOptions, command: Command) => {
      if (options.from > options.to) command.error('error: --from must not be after --to')
      return run(options, async (output) => (await import('./main.ts')).backfill(options, output))
    })
  program
    .command('replay')
    .description('have the running service try a study again, or every dead letter')
    .option('--study <uid>', 'its Study Instance UID')
    .option('--dead', 'all dead letters')
    .addOption(runningServiceOption())
    .addOption(jsonOption)
    .action((options: JsonOption & ReplayOptions, command: Command) => {
      const which = replayOf(options, command)
      return run(options, async (output) => (await import('./main.ts')).replay(which, options.orthancConfig, output))
    })
  program
    .command('cancel')
    .description('have the running service take a study out of its queue')
    .requiredOption('--study <uid>', 'its Study Instance UID')
    .addOption(runningServiceOption())
    .addOption(jsonOption)
    .action((options: JsonOption & { study: string; orthancConfig: string }) =>
      run(options, async (output) => (await import('./main.ts')).cancel(options.study, options.orthancConfig, output)),
    )
}

interface ReplayOptions {
  study?: string
  dead?: true
  orthancConfig: string
}

function replayOf({ study: studyInstanceUid, dead }: ReplayOptions, command: Command): Replay {
  if (studyInstanceUid !== undefined && dead === undefined) return { kind: 'study', studyInstanceUid }
  if (studyInstanceUid === undefined && dead === true) return { kind: 'dead' }
  return command.error('error: name one of --study and --dead')
}

function runningServiceOption(): Option {
  return new Option('--orthanc-config <path>', 'the configuration that the service runs with').makeOptionMandatory()
}

interface BackfillOptions {
  from: string
  to: string
  orthancConfig: string
  studiesPerMinute: number
}

interface ServeOptions {
  orthancConfig?: string
  orthancPlugin?: string
  untilStdinCloses?: true
}

function settingsSource({ orthancConfig: path, orthancPlugin: url }: ServeOptions, command: Command): SettingsSource {
  if (path !== undefined && url === undefined) return { kind: 'files', path }
  if (url !== undefined && path === undefined) return { kind: 'plugin', url }
  return command.error('error: name one of --orthanc-config and --orthanc-plugin')
}
