import { type Command, Option } from 'commander'
import { engineProviders } from '../classify/engine.ts'
import type {
  EvaluationOptions,
  FeaturesCommandOptions,
  QuantizeCommandOptions,
  RecipeChanges,
  StageOneCommandOptions,
} from './training-commands.ts'
import {
  type JsonOption,
  type RunCommand,
  jsonOption,
  modelOption,
  positiveNumber,
  versionNumber,
  wholeNumber,
} from './command-options.ts'

const dataOption = new Option('--data <dir>', 'folder with kermany.csv and its images').makeOptionMandatory()
const defaultAtlas = 'lung-atlas/1.0.0'

/** `train …` and `evaluate …`. Commands import what they need when they run, so that `--help` starts at once. */
export function addTrainingCommands(program: Command, run: RunCommand): void {
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
    .description('train on cached features of a network, calibrate, choose thresholds and write a model')
    .addOption(dataOption)
    .requiredOption('--out <dir>', 'folder for the model')
    .requiredOption('--version <version>', 'version of the model', versionNumber)
    .option('--atlas <name>', 'lung atlas below models/', defaultAtlas)
    .option('--stage1 <dir>', "folder of train stage1 whose network to release; ImageNet's frozen trunk where absent")
    .option('--variations <n>', 'varied versions of every training image', wholeNumber, 1)
    .addOption(
      new Option('--stage2 <recipe>', 'how stage two is trained').choices(['report', 'release']).default('release'),
    )
    .addOption(jsonOption)
    .action(
      (
        options: JsonOption & {
          data: string
          out: string
          version: string
          atlas: string
          variations: number
          stage2: 'report' | 'release'
          stage1?: string
        },
      ) => run(options, async (output) => (await import('./training-commands.ts')).trainModelCommand(options, output)),
    )
  addStageOne(train, run)
  addFeatures(train, run)
  addStageTwo(train, run)
  addQuantization(train, run)
  addEvaluation(program, run)
}

function addStageOne(train: Command, run: RunCommand): void {
  train
    .command('stage1')
    .description('fine-tune the network for normal and pneumonia; goes on where it was stopped')
    .addOption(dataOption)
    .requiredOption('--out <dir>', 'folder for checkpoints and the best weights, outside the project')
    .addOption(
      new Option('--recipe <name>', 'where the options below come from')
        .choices(['release', 'report'])
        .default('release'),
    )
    .option('--epochs <n>', 'epochs', wholeNumber)
    .option('--learning-rate <number>', 'learning rate', positiveNumber)
    .option('--l2 <number>', 'factor of the sum of squared kernels in the loss', Number)
    .addOption(new Option('--optimizer <name>', 'sgd (with momentum) or adam').choices(['sgd', 'adam']))
    .option('--batch-size <n>', 'images a step', wholeNumber)
    .option('--frozen-stages <n>', 'stages that keep their weights, from the image on', wholeNumber)
    .option('--seed <n>', 'seed of all randomness', wholeNumber)
    .option('--image-size <n>', "side of the network's input", wholeNumber, 224)
    .addOption(
      new Option('--network <name>', 'reduced is for trying out').choices(['resnet50', 'reduced']).default('resnet50'),
    )
    .option('--atlas <name>', 'lung atlas below models/', defaultAtlas)
    .option('--limit <n>', 'at most so many training images', wholeNumber, Infinity)
    .addOption(new Option('--provider <name>', 'what computes').choices(['cpu', 'webgpu', 'cuda']).default('cpu'))
    .option('--threads <n>', 'threads that compute; the result depends on it in the last bits', wholeNumber, 2)
    .option('--checkpoint-batches <n>', 'batches between checkpoints', wholeNumber, 50)
    .option(
      '--grid <file>',
      'search instead: the dense layer on frozen features with every combination of learningRate, l2, optimizer',
    )
    .option('--minutes <n>', 'stop with a checkpoint after so many minutes', positiveNumber, 150)
    .addOption(jsonOption)
    .action((options: StageOneCliOptions) =>
      run(options, async (output) =>
        (await import('./training-commands.ts')).trainStageOneCommand(
          { ...options, changes: changesOf(options) },
          output,
        ),
      ),
    )
}

function addFeatures(train: Command, run: RunCommand): void {
  train
    .command('features')
    .description('write the features of every image as text, one row an image; several processes may share the work')
    .addOption(dataOption)
    .requiredOption('--out <file>', 'text file to write')
    .addOption(new Option('--split <name>', 'which images').choices(['train', 'test']).default('train'))
    .option('--stage1 <dir>', "folder of train stage1 whose network to use; ImageNet's where absent")
    .option('--atlas <name>', 'lung atlas below models/', defaultAtlas)
    .option('--limit <n>', 'at most so many images', wholeNumber, Infinity)
    .option('--redis <url>', 'share the work with all processes that were started with the same options')
    .option('--threads <n>', 'threads that locate lungs', wholeNumber, 2)
    .addOption(jsonOption)
    .action((options: JsonOption & FeaturesCommandOptions) =>
      run(options, async (output) => (await import('./training-commands.ts')).trainFeaturesCommand(options, output)),
    )
}

function addStageTwo(train: Command, run: RunCommand): void {
  train
    .command('stage2')
    .description('train the small network for normal, viral and bacterial on a file of features')
    .addOption(dataOption)
    .requiredOption('--features <file>', 'text file of train features')
    .requiredOption('--out <dir>', 'folder for the record, weights and loss curves')
    .addOption(new Option('--recipe <name>', 'how it is trained').choices(['release', 'report']).default('release'))
    .option('--seed <n>', 'seed of all randomness', wholeNumber, 1)
    .addOption(jsonOption)
    .action(
      (
        options: JsonOption & {
          data: string
          features: string
          out: string
          recipe: 'release' | 'report'
          seed: number
        },
      ) =>
        run(options, async (output) => (await import('./training-commands.ts')).trainStageTwoCommand(options, output)),
    )
}

function addQuantization(train: Command, run: RunCommand): void {
  train
    .command('quantize')
    .description('write a model with its network in 8 bits, for CPUs: half the time of the network where there is VNNI')
    .addOption(dataOption)
    .addOption(modelOption)
    .requiredOption('--out <dir>', 'folder for the model')
    .option('--name <name>', "name of the new model; the model's own and -int8 where absent")
    .requiredOption('--version <version>', 'version of the new model', versionNumber)
    .option('--images <n>', 'training images from which the ranges of values are taken', wholeNumber, 150)
    .addOption(jsonOption)
    .action((options: JsonOption & QuantizeCommandOptions) =>
      run(options, async (output) => (await import('./training-commands.ts')).quantizeCommand(options, output)),
    )
}

type StageOneCliOptions = JsonOption & Omit<StageOneCommandOptions, 'changes'> & RecipeChanges

/** Only what was given changes the recipe. */
function changesOf(options: RecipeChanges): RecipeChanges {
  const { epochs, learningRate, l2, optimizer, batchSize, frozenStages, seed } = options
  const given = Object.entries({ epochs, learningRate, l2, optimizer, batchSize, frozenStages, seed })
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
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
    .addOption(new Option('--provider <name>', 'what computes the network').choices(engineProviders).default('cpu'))
    .option('--out <dir>', 'folder for an HTML report, figures and the probabilities of every image')
    .option('--record', "write the numbers into the model's manifest, and those of the test split into the ledger")
    .addOption(jsonOption)
    .action((options: JsonOption & EvaluationOptions) =>
      run(options, async (output) => (await import('./training-commands.ts')).evaluateCommand(options, output)),
    )
  evaluation
    .command('route-gap')
    .description('the same children at 224x224, in original size and enlarged: how far the answers differ')
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<JsonOption & EvaluationOptions>()
      return run(options, async (output) => (await import('./training-commands.ts')).routeGapCommand(options, output))
    })
  evaluation
    .command('shortcuts')
    .description('what the model knows without seeing lungs, and where its evidence lies')
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<JsonOption & EvaluationOptions>()
      return run(options, async (output) => (await import('./training-commands.ts')).shortcutsCommand(options, output))
    })
  evaluation
    .command('out-of-domain')
    .description('what the model answers to chests of adults, other parts of the body and noise')
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<JsonOption & EvaluationOptions>()
      return run(options, async (output) =>
        (await import('./training-commands.ts')).outOfDomainCommand(options, output),
      )
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
    .action((_options: unknown, command: Command) => {
      const { out, ...options } = command.optsWithGlobals<
        JsonOption & { data: string; split: 'train' | 'validation' | 'test'; out?: string; atlas: string }
      >()
      if (out === undefined) command.error("error: required option '--out <dir>' not specified")
      return run(options, async (output) =>
        (await import('./training-commands.ts')).evaluateLungsCommand({ ...options, out }, output),
      )
    })
}
