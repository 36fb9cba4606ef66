import { type Command, Option } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { jsonOption, versionNumber, wholeNumber } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type TrainingOptions, dataOption, defaultAtlas } from './training-options.ts'
import { trainingRun } from './training-run.ts'

interface TrainModelOptions extends TrainingOptions {
  out: string
  version: string
  atlas: string
  variations: number
  stage2: 'report' | 'release'
  stage1?: string
}

export function addTrainModel(train: Command, run: RunCommand): void {
  train
    .command('model')
    .description('train both heads on cached features, calibrate, choose thresholds and write a model')
    .addOption(dataOption)
    .requiredOption('--out <dir>', 'folder for the model')
    .requiredOption('--version <version>', 'version of the model', versionNumber)
    .option('--atlas <name>', 'lung atlas below models/', defaultAtlas)
    .option(
      '--stage1 <dir>',
      "output folder of train stage1 with the network to release (default: ImageNet's frozen trunk)",
    )
    .option('--variations <n>', 'augmented versions of each training image', wholeNumber, 1)
    .addOption(
      new Option('--stage2 <recipe>', 'training recipe of stage two').choices(['report', 'release']).default('release'),
    )
    .addOption(jsonOption)
    .action((options: TrainModelOptions) => run(options, (output) => trainReleasedModel(options, output)))
}

/** Computes features, trains both heads, calibrates and chooses thresholds. */
async function trainReleasedModel(options: TrainModelOptions, output: CommandOutput): Promise<boolean> {
  const [{ trainModel }, { stageTwoRecipes }] = await Promise.all([
    import('../../training/release/train-model.ts'),
    import('../../training/heads/train-heads.ts'),
  ])
  const record = await trainModel({
    ...trainingRun(output),
    dataDir: options.data,
    lungAtlas: options.atlas,
    fineTunedDir: options.stage1,
    outDir: options.out,
    version: options.version,
    variations: options.variations,
    stageTwo: stageTwoRecipes[options.stage2],
  })
  output.result({ ...record }, JSON.stringify(record, null, 2))
  return true
}
