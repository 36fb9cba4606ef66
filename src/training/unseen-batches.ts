import { weightedSums } from './heads/dense-network.ts'
import { stageOneRecipe, trainStageOne } from './heads/train-heads.ts'
import type { TrainingImage } from './features/training-features.ts'

/** The training normals came in two batches, told apart by their file names; they differ as two hospitals' images do. */
const normalBatches = ['IM-', 'NORMAL2-'] as const

export interface LogitCase {
  readonly patient: string
  readonly logit: number
  readonly positive: boolean
}

export interface UnseenBatch {
  readonly batch: string
  /** The normals of the batch and the validation children's pneumonia, by a network that never saw a normal of that batch. */
  readonly cases: readonly LogitCase[]
}

/**
 * A random validation split is too easy: its normals look like the training normals. Here stage one is trained without one batch
 * of normals and put to that batch, which is nearer to what another hospital's children will get.
 */
export function scoreUnseenBatches(
  images: readonly TrainingImage[],
  seed: number,
  recipe = stageOneRecipe,
): UnseenBatch[] {
  return normalBatches.map((batch) => {
    const ofBatch = ({ row }: TrainingImage) => row.label === 'normal' && row.file.startsWith(batch)
    const { pneumonia } = trainStageOne(
      images.filter((image) => !ofBatch(image)),
      seed,
      recipe,
    )
    const held = images.filter(
      (image) => ofBatch(image) || (image.split === 'validation' && image.row.label !== 'normal'),
    )
    const cases = held.map(({ row, small }) => ({
      patient: row.patient,
      logit: weightedSums(pneumonia, small)[0]!,
      positive: row.label !== 'normal',
    }))
    return { batch, cases }
  })
}
