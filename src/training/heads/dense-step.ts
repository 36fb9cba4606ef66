import { crossEntropy } from '../engine/losses.ts'
import type { OptimizerPlan } from '../engine/optimizers.ts'
import { type NamedTensor, type TrainingStep, encodeTrainingStep } from '../engine/training-step.ts'
import type { Random } from '../data/random.ts'
import { batchInputs } from './dense-batch.ts'
import { type DenseNetwork, biasName, denseLogits, sizesOf, toNamedTensors, weightsName } from './dense-network.ts'

/** Settings of a training step of dense layers. */
export interface DenseStepPlan {
  readonly batchSize: number
  readonly optimizer: OptimizerPlan
  /** Factor of the sum of squared weights in the loss; biases are excluded. */
  readonly l2: number
  /** Dropout rate of the hidden units, 0–1. */
  readonly dropoutRate: number
}

/** One step: weighted mean cross-entropy of the batch, backpropagation, update. */
export function encodeDenseStep(
  network: DenseNetwork,
  { batchSize, optimizer, l2, dropoutRate }: DenseStepPlan,
): Promise<TrainingStep> {
  const sizes = sizesOf(network)
  const shape = { rows: batchSize, features: sizes[0]!, classes: sizes.at(-1)! }
  return encodeTrainingStep({
    weights: toNamedTensors(network),
    isTrained: () => true,
    isDecayed: (name) => !name.endsWith('.bias'),
    l2,
    optimizer,
    addLoss(tape, weight) {
      const { features, targets, sampleWeights } = batchInputs(tape, shape)
      const hidden = dropoutRate === 0 ? [] : sizes.slice(1, -1)
      const masks = hidden.map((units, layer) => tape.input(maskName(layer), [batchSize, units]))
      const layer = (index: number) => ({ weights: weight(weightsName(index)), bias: weight(biasName(index)) })
      return crossEntropy(denseLogits(features, network.length, layer, masks), targets, sampleWeights)
    },
  })
}

/**
 * Draws the (inverted) dropout masks of a step, for each sample.
 * @param samples samples in the batch; may be fewer than `batchSize`
 */
export function drawMasks(
  network: DenseNetwork,
  samples: number,
  { batchSize, dropoutRate }: DenseStepPlan,
  random: Random,
): Record<string, NamedTensor> {
  if (dropoutRate === 0) return {}
  const hidden = sizesOf(network).slice(1, -1)
  const masks = hidden.map((units) => ({ shape: [batchSize, units], values: new Float32Array(batchSize * units) }))
  for (let sample = 0; sample < samples; sample++) {
    for (const { shape, values } of masks) {
      const units = shape[1]!
      for (let unit = 0; unit < units; unit++) {
        values[sample * units + unit] = random() < dropoutRate ? 0 : 1 / (1 - dropoutRate)
      }
    }
  }
  return Object.fromEntries(masks.map((mask, layer) => [maskName(layer), mask]))
}

function maskName(layer: number): string {
  return `${layer}.mask`
}
