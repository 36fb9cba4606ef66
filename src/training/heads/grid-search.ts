import { z } from 'zod'
import { areaUnderRoc } from '../statistics/roc.ts'
import type { TrainingImage } from '../features/training-features.ts'
import { scoreUnseenBatches } from '../data/unseen-batches.ts'
import { weightedSums } from './dense-network.ts'
import { stageOneRecipe, trainStageOne } from './train-heads.ts'

/** The values that a grid search combines. */
export const gridSchema = z.strictObject({
  learningRate: z.array(z.number().positive()).min(1),
  l2: z.array(z.number().min(0)).min(1),
  optimizer: z.array(z.enum(['adam', 'sgd'])).min(1),
})

type Grid = z.infer<typeof gridSchema>

/** One combination and its results. */
interface GridResult {
  readonly optimizer: 'adam' | 'sgd'
  readonly learningRate: number
  readonly l2: number
  /** From the epoch that is kept. */
  readonly validationLoss: number
  readonly validationAuc: number
  /** Mean over the batches of normals, each scored by a stage one trained without the batch. */
  readonly unseenBatchAuc: number
}

/**
 * Trains stage one on features with every combination. Results are sorted by the AUC on unseen batches of normals,
 * highest first, because the random validation split is too easy.
 */
export async function searchGrid(
  images: readonly TrainingImage[],
  { optimizer, learningRate, l2 }: Grid,
  seed: number,
  progress: (text: string) => void,
): Promise<GridResult[]> {
  const points = optimizer.flatMap((one) =>
    learningRate.flatMap((rate) => l2.map((factor) => ({ optimizer: one, learningRate: rate, l2: factor }))),
  )
  const results: GridResult[] = []
  for (const [index, point] of points.entries()) {
    progress(`combination ${index + 1} of ${points.length}`)
    const recipe = { ...stageOneRecipe, ...point }
    const { pneumonia, course } = await trainStageOne(images, seed, recipe)
    const validation = images.filter(({ split }) => split === 'validation')
    const unseen = (await scoreUnseenBatches(images, seed, recipe)).map(({ cases }) =>
      areaUnderRoc(cases.map(({ logOdds, positive }) => ({ score: logOdds, positive }))),
    )
    results.push({
      ...point,
      validationLoss: course.history[course.bestEpoch]!.validation,
      validationAuc: areaUnderRoc(
        validation.map(({ row, small }) => ({
          score: weightedSums(pneumonia, small)[0]!,
          positive: row.label !== 'normal',
        })),
      ),
      unseenBatchAuc: unseen.reduce((sum, auc) => sum + auc, 0) / unseen.length,
    })
  }
  return results.sort((one, other) => other.unseenBatchAuc - one.unseenBatchAuc)
}

/** The results as a Markdown table. */
export function gridTable(results: readonly GridResult[]): string {
  const rows = results.map(
    ({ optimizer, learningRate, l2, validationLoss, validationAuc, unseenBatchAuc }) =>
      `| ${optimizer} | ${learningRate} | ${l2} | ${validationLoss.toFixed(4)} | ${validationAuc.toFixed(4)} | ${unseenBatchAuc.toFixed(4)} |`,
  )
  return `| optimizer | learning rate | L2 | validation loss | validation AUC | AUC on unseen batches of normals |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}
