import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { addQuantize } from './quantize.ts'
import { addTrainAtlas } from './train-atlas.ts'
import { addTrainFeatures } from './train-features.ts'
import { addTrainModel } from './train-model.ts'
import { addTrainStageOne } from './train-stage-one.ts'
import { addTrainStageTwo } from './train-stage-two.ts'

/** `train …`. */
export function addTrain(program: Command, run: RunCommand): void {
  const train = program.command('train').description('train a lung atlas or a model')
  addTrainAtlas(train, run)
  addTrainModel(train, run)
  addTrainStageOne(train, run)
  addTrainFeatures(train, run)
  addTrainStageTwo(train, run)
  addQuantize(train, run)
}
