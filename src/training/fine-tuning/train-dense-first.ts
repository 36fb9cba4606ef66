import type { InputSpec } from '../../classify/manifest.ts'
import { adam } from '../engine/optimizers.ts'
import type { NamedTensors } from '../engine/training-step.ts'
import type { DenseWeights } from '../onnx/network.ts'
import { extractFeatures, featureKey } from '../features/extract-features.ts'
import { stageOneRecipe } from '../heads/train-heads.ts'
import { type ImageVersions, trainDense } from '../heads/train-dense.ts'
import type { LossHistory } from '../figures/losses.ts'
import type { Trunk } from '../network/trunk-weights.ts'
import { seededRandom } from '../data/random.ts'
import { type PlannedInput, planEpoch } from './epoch-plan.ts'
import type { PlannedImages } from './plan-images.ts'
import type { FineTuningRecipe } from './recipe.ts'

interface DenseFirstOptions {
  readonly trunk: Trunk
  readonly spec: InputSpec
  readonly images: PlannedImages
  readonly recipe: FineTuningRecipe
  /** Cache folder for features, outside the project. */
  readonly cacheDir: string
  readonly progress: (text: string) => void
}

/** The dense layer for normal and pneumonia before fine-tuning, and its training history. */
interface DenseFirst {
  readonly dense: DenseWeights
  readonly history: readonly LossHistory[]
  /** Counted from 0. */
  readonly bestEpoch: number
}

/**
 * The report's first phase: trains only the dense layer, with Adam 1e-3, on the frozen trunk. The inputs of the first
 * fine-tuning epoch (balanced and varied) pass the trunk once; all epochs of the layer use those features.
 */
export async function trainDenseFirst({ recipe, images, ...options }: DenseFirstOptions): Promise<DenseFirst> {
  const training = planEpoch(images.training, 0, { ...recipe, hiddenShare: 0 }).flat()
  const cache = await extractFeatures(
    [...training, ...images.validation].map(({ job }) => job),
    options,
  )
  const versions = ({ label, job }: PlannedInput): ImageVersions => ({
    versions: [cache.read(featureKey(job))!],
    label: label === 'normal' ? 0 : 1,
  })
  const seen = training.map(versions)
  const held = images.validation.map(versions)
  cache.close()
  // Features are not standardised, because folding the standardisation into the layer makes the gradients of
  // fine-tuning far too large.
  const { network, history, bestEpoch } = await trainDense(seen, held, {
    ...stageOneRecipe,
    l2: recipe.l2,
    epochs: recipe.denseEpochs,
    classes: 2,
    optimizer: adam,
    random: seededRandom(recipe.seed),
  })
  return { dense: network[0]!, history, bestEpoch }
}

/** The initial weights of fine-tuning, with this dense layer instead of the random one. */
export function withDense(initial: NamedTensors, { inputs, outputs, weights, bias }: DenseWeights): NamedTensors {
  return new Map([
    ...initial,
    ['pneumonia.weights', { shape: [inputs, outputs], values: weights }],
    ['pneumonia.bias', { shape: [outputs], values: bias }],
  ])
}
