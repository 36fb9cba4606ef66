import { dataTermInputs } from '../../lungs/data-term-features.ts'
import { binaryCrossEntropy } from '../engine/losses.ts'
import { dense, relu } from '../engine/operators.ts'
import { adam } from '../engine/optimizers.ts'
import { type NamedTensors, type TrainingStep, encodeTrainingStep } from '../engine/training-step.ts'
import { type Random, gaussianDeviate } from '../data/random.ts'

export const hiddenUnits = 32

/** Input names of the data term's training step. */
export const dataTermInput = { features: 'features', targets: 'targets' } as const

/** Names of the data term's weights. */
export const dataTermWeight = {
  hidden: 'hidden.weights',
  hiddenBias: 'hidden.bias',
  output: 'output.weights',
  outputBias: 'output.bias',
} as const

/** He normal initialisation for rectified linear units (He et al. 2015). */
export function initialDataTerm(random: Random): NamedTensors {
  const normal = (inputs: number, outputs: number) => ({
    shape: [inputs, outputs],
    values: Float32Array.from({ length: inputs * outputs }, () => Math.sqrt(2 / inputs) * gaussianDeviate(random)),
  })
  const zero = (outputs: number) => ({ shape: [outputs], values: new Float32Array(outputs) })
  return new Map([
    [dataTermWeight.hidden, normal(dataTermInputs, hiddenUnits)],
    [dataTermWeight.hiddenBias, zero(hiddenUnits)],
    [dataTermWeight.output, normal(hiddenUnits, 1)],
    [dataTermWeight.outputBias, zero(1)],
  ])
}

/** One training step of the data term: one hidden ReLU layer, one logit of lung, cross-entropy, Adam. */
export function encodeDataTermStep(weights: NamedTensors, batchSize: number): Promise<TrainingStep> {
  return encodeTrainingStep({
    weights,
    isTrained: () => true,
    isDecayed: () => false,
    l2: 0,
    optimizer: adam,
    addLoss(tape, weight) {
      const features = tape.input(dataTermInput.features, [batchSize, dataTermInputs])
      const hidden = relu(dense(features, weight(dataTermWeight.hidden), weight(dataTermWeight.hiddenBias)))
      const logits = dense(hidden, weight(dataTermWeight.output), weight(dataTermWeight.outputBias))
      return binaryCrossEntropy(logits, tape.input(dataTermInput.targets, [batchSize, 1]))
    },
  })
}
