import { Command, CommanderError } from 'commander'
import type { EngineProvider } from './classify/engine.ts'
import { asTriageError } from './errors.ts'
import {
  type BenchmarkCommandOptions,
  type JsonOption,
  type RunCommand,
  jsonOption,
  modelOption,
  providerOption,
  wholeNumber,
} from './commands/command-options.ts'
import { commandOutput } from './commands/command-output.ts'
import { addServiceCommands } from './commands/service-cli.ts'
import { addTrainingCommands } from './commands/training-cli.ts'

/** Exit codes are a contract: 0 done, 1 failed, 2 bad usage. */
const exitCode = { done: 0, failed: 1, badUsage: 2 } as const

/** Builds the command line. Commands import what they need when they run, so that `--help` and small commands start at once. */
function buildProgram(run: RunCommand): Command {
  const program = new Command('lung-triage')
    .description(
      'Finds pneumonia on chest radiographs of children and writes DICOM and FHIR results. Not for diagnostic use.',
    )
    .exitOverride()
    .showHelpAfterError()
  addServiceCommands(program, run)
  addFileCommands(program, run)
  addTrainingCommands(program, run)
  return program
}

function addFileCommands(program: Command, run: RunCommand): void {
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
      run(options, async (output) => (await import('./commands/main.ts')).analyze(paths, options, output)),
    )
  program
    .command('check-config <path>')
    .description('every problem of a configuration at once, with the path of each setting')
    .addOption(jsonOption)
    .action((path: string, options: JsonOption) =>
      run(options, async (output) => (await import('./commands/main.ts')).checkConfig(path, output)),
    )
  program
    .command('benchmark')
    .description('the speed of each step and of the whole')
    .option('--repeats <n>', 'measured runs of each step', wholeNumber, 20)
    .option('--orthanc', 'also through a real Orthanc, with the service as a process of its own')
    .option('--workers', "also two workers beside one on Debian's Redis, on one processor each")
    .option('--peer', 'also beside the same work in Python (npm run peer:install)')
    .option(
      '--soak <studies>',
      'also what the service holds while so many go through Orthanc (6 MB of disk each)',
      wholeNumber,
    )
    .option('--scale', 'also the bookkeeping for a study, with more and more studies on the list')
    .addOption(modelOption)
    .addOption(providerOption)
    .addOption(jsonOption)
    .action((options: JsonOption & BenchmarkCommandOptions) =>
      run(options, async (output) => (await import('./commands/main.ts')).benchmark(options, output)),
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
