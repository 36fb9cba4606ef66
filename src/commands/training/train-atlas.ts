import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { jsonOption, wholeNumber } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type TrainingOptions, dataOption } from './training-options.ts'
import { trainingRun } from './training-run.ts'

interface TrainAtlasOptions extends TrainingOptions {
  out: string
  seed: number
}

export function addTrainAtlas(train: Command, run: RunCommand): void {
  train
    .command('atlas')
    .description('learn the lung atlas from training images with a reliable mask')
    .addOption(dataOption)
    .requiredOption('--out <dir>', 'folder for the atlas')
    .option('--seed <n>', 'random seed', wholeNumber, 1)
    .addOption(jsonOption)
    .action((options: TrainAtlasOptions) => run(options, (output) => trainLungAtlas(options, output)))
}

/** Learns the lung atlas and measures it. */
async function trainLungAtlas({ data, out, seed }: TrainAtlasOptions, output: CommandOutput): Promise<boolean> {
  const { trainAtlas } = await import('../../training/atlas/train-atlas.ts')
  const measures = await trainAtlas({ dataDir: data, outDir: out, seed, ...trainingRun(output) })
  output.result({ ...measures }, JSON.stringify(measures, null, 2))
  return true
}
