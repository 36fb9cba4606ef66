import { weightedSums } from '../heads/dense-network.ts'
import { stageOneRecipe, trainStageOne } from '../heads/train-heads.ts'
import type { TrainingImage } from '../features/training-features.ts'
import { fitPlattScaling } from '../statistics/platt-scaling.ts'

/**
 * File-name prefixes of the two batches of training normals, which differ as much as the images of two hospitals do.
 */
const normalBatches = ['IM-', 'NORMAL2-'] as const

export interface LogOddsCase {
  readonly patient: string
  /** Probability of pneumonia, calibrated on validation images without the batch, as if the site had never seen it. */
  readonly logOdds: number
  readonly positive: boolean
}

export interface UnseenBatch {
  readonly batch: string
  /** The batch's normals and the validation split's pneumonia, scored by a network trained without the batch. */
  readonly cases: readonly LogOddsCase[]
}

/**
 * Trains stage one without one batch of normals and scores that batch, for each batch. A random validation split is too
 * easy, because its normals resemble the training normals; an unseen batch is closer to another hospital's images.
 */
export async function scoreUnseenBatches(
  images: readonly TrainingImage[],
  seed: number,
  recipe = stageOneRecipe,
): Promise<UnseenBatch[]> {
  const scored: UnseenBatch[] = []
  for (const batch of normalBatches) {
    const ofBatch = ({ row }: TrainingImage) => row.label === 'normal' && row.file.startsWith(batch)
    const { pneumonia } = await trainStageOne(
      images.filter((image) => !ofBatch(image)),
      seed,
      recipe,
    )
    const held = images.filter(
      (image) => ofBatch(image) || (image.split === 'validation' && image.row.label !== 'normal'),
    )
    const toCase = ({ row, small }: TrainingImage) => ({
      patient: row.patient,
      logit: weightedSums(pneumonia, small)[0]!,
      positive: row.label !== 'normal',
    })
    const familiar = images.filter((image) => image.split === 'validation' && !ofBatch(image))
    const { slope, intercept } = fitPlattScaling(familiar.map((image) => ({ ...toCase(image), weight: 1 })))
    const cases = held.map(toCase).map(({ logit, ...rest }) => ({ ...rest, logOdds: slope * logit + intercept }))
    scored.push({ batch, cases })
  }
  return scored
}
