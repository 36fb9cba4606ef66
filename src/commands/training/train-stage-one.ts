import { type Command, Option } from 'commander'
import type { FineTuningRecipe } from '../../training/fine-tuning/recipe.ts'
import type { RunCommand } from '../command-line.ts'
import { jsonOption, positiveNumber, wholeNumber } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type TrainingOptions, dataOption, defaultAtlas } from './training-options.ts'
import { cacheDir } from './training-run.ts'

/** What the command line can change of a recipe. */
type RecipeChanges = Partial<
  Pick<FineTuningRecipe, 'epochs' | 'learningRate' | 'l2' | 'optimizer' | 'batchSize' | 'frozenStages' | 'seed'>
>

interface StageOneOptions extends TrainingOptions, RecipeChanges {
  readonly out: string
  readonly recipe: 'release' | 'report'
  readonly atlas: string
  readonly network: 'resnet50' | 'reduced'
  readonly imageSize: number
  readonly limit: number
  readonly provider: 'cpu' | 'webgpu' | 'cuda'
  readonly threads: number
  readonly checkpointBatches: number
  readonly minutes: number
  /** JSON file with the values to combine. */
  readonly grid?: string
}

export function addTrainStageOne(train: Command, run: RunCommand): void {
  train
    .command('stage1')
    .description('fine-tune the network for normal and pneumonia; resumes from the last checkpoint')
    .addOption(dataOption)
    .requiredOption('--out <dir>', 'folder for checkpoints and the best weights, outside the project')
    .addOption(
      new Option('--recipe <name>', 'recipe with the defaults of the options below')
        .choices(['release', 'report'])
        .default('release'),
    )
    .option('--epochs <n>', 'epochs', wholeNumber)
    .option('--learning-rate <number>', 'learning rate', positiveNumber)
    .option('--l2 <number>', 'factor of the sum of squared kernels in the loss', Number)
    .addOption(new Option('--optimizer <name>', 'sgd (with momentum) or adam').choices(['sgd', 'adam']))
    .option('--batch-size <n>', 'images per step', wholeNumber)
    .option('--frozen-stages <n>', 'number of first stages whose weights stay frozen', wholeNumber)
    .option('--seed <n>', 'random seed', wholeNumber)
    .option('--image-size <n>', "width and height of the network's input", wholeNumber, 224)
    .addOption(
      new Option('--network <name>', 'network to train; reduced is for trials')
        .choices(['resnet50', 'reduced'])
        .default('resnet50'),
    )
    .option('--atlas <name>', 'lung atlas below models/', defaultAtlas)
    .option('--limit <n>', 'maximum number of training images', wholeNumber, Infinity)
    .addOption(new Option('--provider <name>', 'execution provider').choices(['cpu', 'webgpu', 'cuda']).default('cpu'))
    .option('--threads <n>', 'number of compute threads; changes the result in the last bits', wholeNumber, 2)
    .option('--checkpoint-batches <n>', 'batches between checkpoints', wholeNumber, 50)
    .option(
      '--grid <file>',
      'grid search instead: train the dense layer on frozen features with every combination of learningRate, l2, optimizer',
    )
    .option('--minutes <n>', 'write a checkpoint and stop after this many minutes', positiveNumber, 150)
    .addOption(jsonOption)
    .action((options: StageOneOptions) => run(options, (output) => trainStageOne(options, output)))
}

async function trainStageOne(options: StageOneOptions, output: CommandOutput): Promise<boolean> {
  const { grid } = options
  if (grid === undefined) return fineTune(options, output)
  const { searchStageOneGrid } = await import('./stage-one-grid.ts')
  return searchStageOneGrid({ ...options, grid }, output)
}

/** Fine-tunes the network; resumes from the last checkpoint. */
async function fineTune(options: StageOneOptions, output: CommandOutput): Promise<boolean> {
  const [training, { recipes }] = await Promise.all([
    import('../../training/fine-tuning/train-stage-one.ts'),
    import('../../training/fine-tuning/recipe.ts'),
  ])
  const record = await training.trainStageOne({
    ...options,
    dataDir: options.data,
    outDir: options.out,
    cacheDir,
    lungAtlas: options.atlas,
    recipe: { ...recipes[options.recipe], ...changesOf(options) },
    engine: { provider: options.provider, threads: options.threads },
    now: () => performance.now(),
    deadlineMs: performance.now() + 60_000 * options.minutes,
    progress: output.progress,
  })
  output.result({ ...record }, JSON.stringify(record, null, 2))
  return true
}

/** Only options that were given change the recipe. */
function changesOf(options: RecipeChanges): RecipeChanges {
  const { epochs, learningRate, l2, optimizer, batchSize, frozenStages, seed } = options
  const given = Object.entries({ epochs, learningRate, l2, optimizer, batchSize, frozenStages, seed })
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}
