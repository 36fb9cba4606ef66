import { weightedSums } from '../heads/dense-network.ts'
import { stageOneRecipe, trainStageOne } from '../heads/train-heads.ts'
import type { TrainingImage } from '../features/training-features.ts'
import { fitPlattScaling } from '../statistics/platt-scaling.ts'

/** The training normals came in two batches, told apart by their file names; they differ as two hospitals' images do. */
const normalBatches = ['IM-', 'NORMAL2-'] as const

export interface LogOddsCase {
  readonly patient: string
  /** Of pneumonia, calibrated on the validation images that are not of the batch: what a site would believe that never saw it. */
  readonly logOdds: number
  readonly positive: boolean
}

export interface UnseenBatch {
  readonly batch: string
  /** The normals of the batch and the validation children's pneumonia, by a network that never saw a normal of that batch. */
  readonly cases: readonly LogOddsCase[]
}

/**
 * A random validation split is too easy: its normals look like the training normals. Here stage one is trained without one batch
 * of normals and put to that batch, which is nearer to what another hospital's children will get.
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
