import type { DenseWeights } from '../onnx/network.ts'
import type { TrainingImage } from '../features/training-features.ts'
import { evaluateDense } from './evaluate-dense.ts'
import { allVersions, classWeights } from './train-dense.ts'
import { subtypeClasses, versionsOf } from './train-heads.ts'

/**
 * Chooses the stage-two head with the lowest validation loss. The candidates take the same features: one head is
 * trained on the features, and a fine-tuned trunk adds the head that was trained with it.
 */
export async function chooseSubtype(
  candidates: readonly (readonly DenseWeights[])[],
  images: readonly TrainingImage[],
): Promise<readonly DenseWeights[]> {
  const labelled = images.map((image) => ({
    split: image.split,
    versions: versionsOf(image),
    label: subtypeClasses.indexOf(image.row.label),
  }))
  const weights = classWeights(labelled, subtypeClasses.length)
  const held = allVersions(
    labelled.filter(({ split }) => split === 'validation'),
    weights,
  )
  const evaluations = await Promise.all(candidates.map((candidate) => evaluateDense(candidate, held)))
  const losses = evaluations.map(({ loss }) => loss)
  return candidates[losses.indexOf(Math.min(...losses))]!
}
