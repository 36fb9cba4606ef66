import { performance } from 'node:perf_hooks'
import type { SessionOptions } from '../training/engine/session.ts'
import { StepSession, initialState } from '../training/engine/step-session.ts'
import { toBatch } from '../training/fine-tuning/batch.ts'
import { encodeFineTuningStep, initialWeights } from '../training/fine-tuning/fine-tuning-network.ts'
import { reportRecipe } from '../training/fine-tuning/recipe.ts'
import { untrainedResNet50 } from '../training/network/trunk-weights.ts'
import { seededRandom } from '../training/data/random.ts'
import { speedOf } from './speed.ts'

/** Fine-tuning all weights of ResNet-50: forward pass, backward pass and update, with batches in memory. */
export interface TrainingSpeed {
  readonly network: 'ResNet-50'
  readonly imageSize: number
  readonly batchSize: number
  readonly provider: SessionOptions['provider']
  readonly threads: number
  /** From the median step. */
  readonly imagesPerSecond: number
}

const imageSize = 224
const warmUps = 1

/** Times training steps with `reportRecipe`. */
export async function measureTraining(steps: number, engine: SessionOptions): Promise<TrainingSpeed> {
  const { batchSize } = reportRecipe
  const random = seededRandom(1)
  const trunk = untrainedResNet50(random)
  const weights = initialWeights(trunk, random)
  const step = await encodeFineTuningStep(weights, trunk.blocks, imageSize, reportRecipe)
  const session = await StepSession.open(step, initialState(step, weights), engine)
  try {
    const labels = Array.from({ length: batchSize }, (_, index) => ({
      label: index % 2 === 0 ? ('normal' as const) : ('viral' as const),
      hidden: false,
    }))
    const images = labels.map(() => Float32Array.from({ length: 3 * imageSize ** 2 }, () => 255 * random() - 118))
    const batch = toBatch(
      images,
      labels,
      { weights: { normal: 1, viral: 1, bacterial: 1 }, balance: { normal: 0.5, viral: 0.5, bacterial: 0 } },
      reportRecipe,
    )
    const stepsMs: number[] = []
    for (let run = -warmUps; run < steps; run++) {
      const startMs = performance.now()
      await session.run(batch, reportRecipe.learningRate)
      if (run >= 0) stepsMs.push(performance.now() - startMs)
    }
    const { medianMs } = speedOf(stepsMs)
    const imagesPerSecond = Math.round((1e5 * batchSize) / medianMs) / 100
    return { network: 'ResNet-50', imageSize, batchSize, ...engine, imagesPerSecond }
  } finally {
    await session.close()
  }
}
