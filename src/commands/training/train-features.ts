import { type Command, Option } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { jsonOption, wholeNumber } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type TrainingOptions, dataOption, defaultAtlas } from './training-options.ts'
import { trainingRun } from './training-run.ts'

interface TrainFeaturesOptions extends TrainingOptions {
  readonly out: string
  readonly split: 'train' | 'test'
  readonly atlas: string
  readonly stage1?: string
  readonly limit: number
  readonly redis?: string
  readonly threads: number
}

export function addTrainFeatures(train: Command, run: RunCommand): void {
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
    .action((options: TrainFeaturesOptions) => run(options, (output) => trainFeatures(options, output)))
}

/** Writes a text file with the features of every image, made by one process or several. */
async function trainFeatures(options: TrainFeaturesOptions, output: CommandOutput): Promise<boolean> {
  const [{ writeFeatureFile }, { localPartQueue, redisPartQueue }, { chosenTrunk }] = await Promise.all([
    import('../../training/features/train-features.ts'),
    import('../../training/features/feature-queue.ts'),
    import('./chosen-trunk.ts'),
  ])
  const { redis } = options
  const images = await writeFeatureFile({
    ...options,
    ...trainingRun(output),
    dataDir: options.data,
    outFile: options.out,
    lungAtlas: options.atlas,
    threads: options.threads,
    ...(await chosenTrunk(options.stage1)),
    queueOf: (digest) => (redis === undefined ? localPartQueue : redisPartQueue(redis, digest)),
  })
  output.result({ images, file: options.out }, `${images} rows in ${options.out}`)
  return true
}
