import { crossEntropy } from '../engine/losses.ts'
import { add, dense, globalAveragePool, scale } from '../engine/operators.ts'
import { adam, sgd } from '../engine/optimizers.ts'
import { type NamedTensor, type NamedTensors, type TrainingStep, encodeTrainingStep } from '../engine/training-step.ts'
import type { DenseWeights, NetworkHeads } from '../onnx/network.ts'
import { resNet } from '../network/resnet.ts'
import { tapeLayers } from '../network/tape-layers.ts'
import { type Trunk, featuresOf } from '../network/trunk-weights.ts'
import { type Random, gaussianDeviate } from '../data/random.ts'
import type { FineTuningRecipe } from './recipe.ts'

/** Input names of a training step. */
export const stepInput = {
  image: 'image',
  pneumoniaTargets: 'pneumonia_targets',
  subtypeTargets: 'subtype_targets',
  sampleWeights: 'sample_weights',
} as const

const momentum = 0.9
const classesOf = { pneumonia: 2, subtype: 3 } as const

/** The trunk's weights, and small random weights for both heads. */
export function initialWeights(trunk: Trunk, random: Random): NamedTensors {
  const features = featuresOf(trunk)
  const weights = new Map(trunk.weights)
  for (const [head, classes] of Object.entries(classesOf)) {
    const deviation = Math.sqrt(2 / (features + classes))
    const values = Float32Array.from({ length: features * classes }, () => 0.1 * deviation * gaussianDeviate(random))
    weights.set(`${head}.weights`, { shape: [features, classes], values })
    weights.set(`${head}.bias`, { shape: [classes], values: new Float32Array(classes) })
  }
  return weights
}

/** Writes one fine-tuning step: the trunk, a dense layer for normal and pneumonia, and one for the three classes. */
export function encodeFineTuningStep(
  weights: NamedTensors,
  blocks: readonly number[],
  side: number,
  recipe: FineTuningRecipe,
): Promise<TrainingStep> {
  const { batchSize, subtypeWeight } = recipe
  return encodeTrainingStep({
    weights,
    isTrained: (name) => stageOf(name) > recipe.frozenStages,
    isDecayed: (name) => !name.endsWith('.bias'),
    l2: recipe.l2,
    optimizer: recipe.optimizer === 'adam' ? adam : sgd(momentum),
    addLoss(tape, weight) {
      const image = tape.input(stepInput.image, [batchSize, 3, side, side])
      const features = globalAveragePool(resNet(tapeLayers(weight), image, blocks))
      const sampleWeights = tape.input(stepInput.sampleWeights, [batchSize, 1])
      const lossOf = (head: keyof typeof classesOf, targets: string) => {
        const logits = dense(features, weight(`${head}.weights`), weight(`${head}.bias`))
        return crossEntropy(logits, tape.input(targets, [batchSize, classesOf[head]]), sampleWeights)
      }
      const pneumonia = lossOf('pneumonia', stepInput.pneumoniaTargets)
      if (subtypeWeight === 0) return pneumonia
      return add(pneumonia, scale(lossOf('subtype', stepInput.subtypeTargets), subtypeWeight))
    },
  })
}

/** 1 for the stem, 2 to 5 for the residual stages (Keras numbering), Infinity for the heads. */
function stageOf(name: string): number {
  if (name.startsWith('conv1')) return 1
  const stage = /^res(\d)/.exec(name)
  return stage === null ? Infinity : Number(stage[1])
}

/** The heads for serving. The two-class softmax becomes one logit: pneumonia minus normal. */
export function headsOf(weights: NamedTensors): NetworkHeads {
  const { weights: two, bias, inputs } = denseOf(weights, 'pneumonia')
  return {
    pneumonia: {
      inputs,
      outputs: 1,
      weights: Float32Array.from({ length: inputs }, (_, i) => two[2 * i + 1]! - two[2 * i]!),
      bias: Float32Array.of(bias[1]! - bias[0]!),
    },
    subtype: [denseOf(weights, 'subtype')],
  }
}

function denseOf(weights: NamedTensors, head: string): DenseWeights {
  const { shape, values } = weights.get(`${head}.weights`) as NamedTensor
  return { inputs: shape[0]!, outputs: shape[1]!, weights: values, bias: weights.get(`${head}.bias`)!.values }
}
