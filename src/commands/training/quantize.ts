import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { jsonOption, modelOption, versionNumber, wholeNumber } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type TrainingOptions, dataOption } from './training-options.ts'
import { trainingRun } from './training-run.ts'

interface QuantizeOptions extends TrainingOptions {
  readonly model: string
  readonly out: string
  readonly name?: string
  readonly version: string
  readonly images: number
}

export function addQuantize(train: Command, run: RunCommand): void {
  train
    .command('quantize')
    .description('write a model with an 8-bit network for CPUs; halves the network time on CPUs with VNNI')
    .addOption(dataOption)
    .addOption(modelOption)
    .requiredOption('--out <dir>', 'folder for the model')
    .option('--name <name>', "name of the new model (default: the model's name and -int8)")
    .requiredOption('--version <version>', 'version of the new model', versionNumber)
    .option('--images <n>', 'number of training images used to measure value ranges', wholeNumber, 150)
    .addOption(jsonOption)
    .action((options: QuantizeOptions) => run(options, (output) => quantize(options, output)))
}

/** Writes an 8-bit version of a model and compares it with the float32 model on the validation split. */
async function quantize(options: QuantizeOptions, output: CommandOutput): Promise<boolean> {
  const { quantizeModel } = await import('../../training/quantization/quantize-model.ts')
  const record = await quantizeModel({
    ...options,
    dataDir: options.data,
    outDir: options.out,
    ...trainingRun(output),
  })
  output.result({ ...record }, JSON.stringify(record, null, 2))
  return true
}
