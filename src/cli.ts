import { Command, CommanderError, Option } from 'commander'
import type { EngineProvider } from './classify/engine.ts'
import { asTriageError } from './errors.ts'
import { type JsonOption, type RunCommand, jsonOption, modelOption, wholeNumber } from './command-options.ts'
import { commandOutput } from './command-output.ts'
import type { SettingsSource } from './main.ts'
import { addTrainingCommands } from './training-cli.ts'

/** Exit codes are a contract: 0 done, 1 failed, 2 bad usage. */
const exitCode = { done: 0, failed: 1, badUsage: 2 } as const

const providerOption = new Option('--provider <name>', 'what computes the network')
  .choices(['auto', 'cpu', 'webgpu', 'cuda', 'tensorrt'])
  .default('auto')

/** Builds the command line. Commands import what they need when they run, so that `--help` and small commands start at once. */
function buildProgram(run: RunCommand): Command {
  const program = new Command('lung-triage')
    .description(
      'Finds pneumonia on chest radiographs of children and writes DICOM and FHIR results. Not for diagnostic use.',
    )
    .exitOverride()
    .showHelpAfterError()
  addRunningCommands(program, run)
  addTrainingCommands(program, run)
  return program
}

function addRunningCommands(program: Command, run: RunCommand): void {
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
    .requiredOption('--orthanc-config <path>', 'the configuration that the service runs with')
    .option('--yes', 'do not ask at the terminal')
    .addOption(jsonOption)
    .action((options: JsonOption & { model: string; orthancConfig: string; yes?: true }) =>
      run(options, async (output) => (await import('./main.ts')).retract(options, output)),
    )
  program
    .command('analyze <paths...>')
    .description(
      'DICOM (or PNG/JPEG, for research) files in; sr.dcm, sc.dcm, fhir.json and overlay.png out; no server needed',
    )
    .requiredOption('--out <dir>', 'folder for the results, one folder an image')
    .addOption(modelOption)
    .addOption(providerOption)
    .addOption(jsonOption)
    .action((paths: string[], options: JsonOption & { out: string; model: string; provider: EngineProvider }) =>
      run(options, async (output) => (await import('./main.ts')).analyze(paths, options, output)),
    )
  program
    .command('check-config <path>')
    .description('every problem of a configuration at once, with the path of each setting')
    .addOption(jsonOption)
    .action((path: string, options: JsonOption) =>
      run(options, async (output) => (await import('./main.ts')).checkConfig(path, output)),
    )
  program
    .command('benchmark')
    .description('the speed of each step and of the whole')
    .option('--repeats <n>', 'measured runs of each step', wholeNumber, 20)
    .option('--orthanc', 'also through a real Orthanc, with the service as a process of its own')
    .option('--peer', 'also beside the same work in Python (npm run peer:install)')
    .addOption(providerOption)
    .addOption(jsonOption)
    .action((options: JsonOption & { repeats: number; provider: EngineProvider; orthanc?: true; peer?: true }) =>
      run(options, async (output) => (await import('./main.ts')).benchmark(options, output)),
    )
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

/** Runs the command line and gives its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = exitCode.done
  const run: RunCommand = async (options, command) => {
    const output = commandOutput(options.json === true ? 'json' : 'text')
    try {
      if (!(await command(output))) code = exitCode.failed
    } catch (thrown) {
      output.failure(asTriageError(thrown))
      code = exitCode.failed
    }
  }
  try {
    await buildProgram(run).parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exitCode.done : exitCode.badUsage
  }
  return code
}

process.exitCode = await main(process.argv)
