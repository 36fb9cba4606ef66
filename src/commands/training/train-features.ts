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
    .description(
      'write the features of every image to a text file, one row per image; several processes can share the work',
    )
    .addOption(dataOption)
    .requiredOption('--out <file>', 'text file to write')
    .addOption(new Option('--split <name>', 'split of the data').choices(['train', 'test']).default('train'))
    .option('--stage1 <dir>', "output folder of train stage1 with the network to use (default: ImageNet's)")
    .option('--atlas <name>', 'lung atlas below models/', defaultAtlas)
    .option('--limit <n>', 'maximum number of images', wholeNumber, Infinity)
    .option('--redis <url>', 'Redis queue to share the work with processes started with the same options')
    .option('--threads <n>', 'number of threads that locate lungs', wholeNumber, 2)
    .addOption(jsonOption)
    .action((options: TrainFeaturesOptions) => run(options, (output) => trainFeatures(options, output)))
}

/** Writes a text file with the features of every image; one or several processes compute it. */
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
  output.result({ images, file: options.out }, `${images} rows written to ${options.out}`)
  return true
}
