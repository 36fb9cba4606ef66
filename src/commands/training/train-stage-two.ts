import { type Command, Option } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { jsonOption, wholeNumber } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type TrainingOptions, dataOption } from './training-options.ts'

interface StageTwoOptions extends TrainingOptions {
  features: string
  out: string
  recipe: 'release' | 'report'
  seed: number
}

export function addTrainStageTwo(train: Command, run: RunCommand): void {
  train
    .command('stage2')
    .description('train the small network for normal, viral and bacterial on a feature file')
    .addOption(dataOption)
    .requiredOption('--features <file>', 'text file written by train features')
    .requiredOption('--out <dir>', 'folder for the record, weights and loss curves')
    .addOption(new Option('--recipe <name>', 'training recipe').choices(['release', 'report']).default('release'))
    .option('--seed <n>', 'random seed', wholeNumber, 1)
    .addOption(jsonOption)
    .action((options: StageTwoOptions) => run(options, (output) => trainStageTwo(options, output)))
}

/** Trains the small network for normal, viral and bacterial on a feature file. */
async function trainStageTwo(
  { data, features, out, recipe, seed }: StageTwoOptions,
  output: CommandOutput,
): Promise<boolean> {
  const [{ trainStageTwoOnFile }, { stageTwoRecipes }] = await Promise.all([
    import('../../training/heads/train-stage-two.ts'),
    import('../../training/heads/train-heads.ts'),
  ])
  const record = await trainStageTwoOnFile({
    dataDir: data,
    featuresFile: features,
    outDir: out,
    recipe: stageTwoRecipes[recipe],
    seed,
  })
  output.result({ ...record }, JSON.stringify(record, null, 2))
  return true
}
