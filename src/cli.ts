import { Command, CommanderError, Option } from 'commander'
import type { EngineProvider } from './classify/engine.ts'
import { asTriageError } from './errors.ts'
import { type JsonOption, type RunCommand, jsonOption, modelOption, wholeNumber } from './command-options.ts'
import { commandOutput } from './command-output.ts'
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
    .requiredOption('--orthanc-config <path>', "Orthanc's configuration file or folder, with a LungTriage section")
    .addOption(jsonOption)
    .action((options: JsonOption & { orthancConfig: string }) =>
      run(options, async (output) => (await import('./main.ts')).serve(options.orthancConfig, output)),
    )
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
    .addOption(providerOption)
    .addOption(jsonOption)
    .action((options: JsonOption & { repeats: number; provider: EngineProvider }) =>
      run(options, async (output) => (await import('./main.ts')).benchmark(options, output)),
    )
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
