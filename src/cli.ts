import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { EngineProvider } from './classify/engine.ts'
import { asTriageError } from './errors.ts'
import { type CommandOutput, commandOutput } from './command-output.ts'

/** Exit codes are a contract: 0 done, 1 failed, 2 bad usage. */
const exitCode = { done: 0, failed: 1, badUsage: 2 } as const

const jsonOption = new Option('--json', 'print one JSON object a line on stdout and nothing else there')
const providerOption = new Option('--provider <name>', 'what computes the network')
  .choices(['auto', 'cpu', 'webgpu', 'cuda', 'tensorrt'])
  .default('auto')

const dataOption = new Option('--data <dir>', 'folder with kermany.csv and its images').makeOptionMandatory()
const modelOption = new Option('--model <name>', 'model below models/, or an absolute path').default('pneumonia/0.1.1')

const defaultAtlas = 'lung-atlas/1.0.0'

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a whole number')
  return Number(text)
}

interface JsonOption {
  json?: true
}

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

type RunCommand = (options: JsonOption, command: (output: CommandOutput) => Promise<boolean>) => Promise<void>

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

function addTrainingCommands(program: Command, run: RunCommand): void {
  const train = program.command('train').description('make a lung atlas or a model')
  train
    .command('atlas')
    .description('learn the lung atlas from training images with a certain mask')
    .addOption(dataOption)
    .requiredOption('--out <dir>', 'folder for the atlas')
    .option('--seed <n>', 'seed of all randomness', wholeNumber, 1)
    .addOption(jsonOption)
    .action((options: JsonOption & { data: string; out: string; seed: number }) =>
      run(options, async (output) => (await import('./training-commands.ts')).trainAtlasCommand(options, output)),
    )
  train
    .command('model')
    .description('train both stages on cached features of the frozen network')
    .addOption(dataOption)
    .requiredOption('--out <dir>', 'folder for the model')
    .requiredOption('--version <version>', 'version of the model')
    .option('--atlas <name>', 'lung atlas below models/', defaultAtlas)
    .option('--variations <n>', 'varied versions of every training image', wholeNumber, 1)
    .addOption(jsonOption)
    .action((options: JsonOption & { data: string; out: string; version: string; atlas: string; variations: number }) =>
      run(options, async (output) => (await import('./training-commands.ts')).trainModelCommand(options, output)),
    )
  addEvaluation(program, run)
}

function addEvaluation(program: Command, run: RunCommand): void {
  const evaluation = program
    .command('evaluate')
    .description('measure a released model')
    .addOption(dataOption)
    .addOption(modelOption)
    .addOption(
      new Option('--split <name>', 'which images').choices(['train', 'validation', 'test']).default('validation'),
    )
    .option('--record', "write the numbers into the model's manifest, and those of the test split into the ledger")
    .addOption(jsonOption)
    .action((options: JsonOption & { data: string; model: string; split: 'validation'; record?: true }) =>
      run(options, async (output) => (await import('./training-commands.ts')).evaluateCommand(options, output)),
    )
  evaluation
    .command('route-gap')
    .description('the same children at 224x224, in original size and enlarged: how far the answers differ')
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<JsonOption & { data: string; model: string }>()
      return run(options, async (output) => (await import('./training-commands.ts')).routeGapCommand(options, output))
    })
  addLungEvaluation(evaluation, run)
}

function addLungEvaluation(evaluation: Command, run: RunCommand): void {
  evaluation
    .command('lungs')
    .description('how well the lungs are found: overlap with drawn ones, the trust gate, sheets to look at')
    .option(
      '--atlas <name>',
      'lung atlas below models/, or "montgomery" for leave-one-out on the adult pairs',
      defaultAtlas,
    )
    .requiredOption('--out <dir>', 'folder for tables and figures')
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<
        JsonOption & { data: string; split: 'train' | 'validation' | 'test'; out: string; atlas: string }
      >()
      return run(options, async (output) =>
        (await import('./training-commands.ts')).evaluateLungsCommand(options, output),
      )
    })
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
