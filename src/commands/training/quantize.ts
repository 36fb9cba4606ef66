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
    .description('write a model with its network in 8 bits, for CPUs: half the time of the network where there is VNNI')
    .addOption(dataOption)
    .addOption(modelOption)
    .requiredOption('--out <dir>', 'folder for the model')
    .option('--name <name>', "name of the new model; the model's own and -int8 where absent")
    .requiredOption('--version <version>', 'version of the new model', versionNumber)
    .option('--images <n>', 'training images from which the ranges of values are taken', wholeNumber, 150)
    .addOption(jsonOption)
    .action((options: QuantizeOptions) => run(options, (output) => quantize(options, output)))
}

/** Writes a model with its network in 8 bits, compared with its own in float32 on validation. */
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
