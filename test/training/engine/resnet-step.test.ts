import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { StepSession, initialState } from '../../../src/training/engine/step-session.ts'
import type { NamedTensor } from '../../../src/training/engine/training-step.ts'
import {
  encodeFineTuningStep,
  initialWeights,
  stepInput,
} from '../../../src/training/fine-tuning/fine-tuning-network.ts'
import { type FineTuningRecipe, releaseRecipe } from '../../../src/training/fine-tuning/recipe.ts'
import { reducedTrunk } from '../../../src/training/network/trunk-weights.ts'
import { seededRandom } from '../../../src/training/data/random.ts'

const side = 64
const batchSize = 4
const steps = 3

/** `resnet-step.json`: the same network, data and optimizer in PyTorch, written by `resnet-step.py`. */
interface Reference {
  readonly optimizer: FineTuningRecipe['optimizer']
  readonly losses: readonly number[]
  /** Sum and sum of magnitudes of each weight tensor after the steps. */
  readonly weights: Readonly<Record<string, readonly [sum: number, magnitude: number]>>
}

const recipe = { ...releaseRecipe, batchSize, frozenStages: 0, l2: 1e-4, subtypeWeight: 0.5, labelSmoothing: 0 }

/** Images, targets and sample weights that `resnet-step.py` computes in the same way. */
function batch(step: number): Record<string, NamedTensor> {
  const image = Float32Array.from(
    { length: batchSize * 3 * side * side },
    (_, i) => 60 * Math.sin(i * 0.013 * (step + 1)),
  )
  const oneHot = (classes: number) =>
    Float32Array.from({ length: batchSize * classes }, (_, i) =>
      (Math.floor(i / classes) + step) % classes === i % classes ? 1 : 0,
    )
  return {
    [stepInput.image]: { shape: [batchSize, 3, side, side], values: image },
    [stepInput.pneumoniaTargets]: { shape: [batchSize, 2], values: oneHot(2) },
    [stepInput.subtypeTargets]: { shape: [batchSize, 3], values: oneHot(3) },
    [stepInput.sampleWeights]: { shape: [batchSize, 1], values: Float32Array.of(1, 0.5, 2, 1) },
  }
}

describe('training steps of a reduced residual network', () => {
  for (const optimizer of ['sgd', 'adam'] as const) {
    it(`match the losses and weights of PyTorch with ${optimizer}`, async () => {
      const references = JSON.parse(await readFile(new URL('resnet-step.json', import.meta.url), 'utf8')) as Reference[]
      const reference = references.find((one) => one.optimizer === optimizer)!
      const trunk = reducedTrunk(seededRandom(11))
      const weights = initialWeights(trunk, seededRandom(12))
      const step = await encodeFineTuningStep(weights, trunk.blocks, side, { ...recipe, optimizer })
      const session = await StepSession.open(step, initialState(step, weights), { provider: 'cpu', threads: 1 })
      for (let index = 0; index < steps; index++) {
        const { loss } = await session.run(batch(index), 1e-3)
        expect(loss, `loss of step ${index}`).to.be.closeTo(reference.losses[index]!, 1e-5)
      }
      for (const [name, [sum, magnitude]] of Object.entries(reference.weights)) {
        const values = session.weights().get(name)!.values
        const tolerance = 1e-5 * Math.max(1, magnitude)
        expect(
          values.reduce((a, b) => a + b, 0),
          `sum of ${name}`,
        ).to.be.closeTo(sum, tolerance)
        expect(
          values.reduce((a, b) => a + Math.abs(b), 0),
          `magnitude of ${name}`,
        ).to.be.closeTo(magnitude, tolerance)
      }
      await session.close()
    })
  }
})
