import { fitLogistic } from '../statistics/logistic-regression.ts'
import { splitOf } from '../features/training-features.ts'
import type { KermanyRow } from '../data/kermany.ts'
import { areaUnderRoc } from '../statistics/roc.ts'

type SizedRow = KermanyRow & Required<Pick<KermanyRow, 'originalSize'>>

/**
 * How well the original image's width and height alone predict pneumonia: the area under the ROC curve of a logistic
 * regression on their logarithms, fitted to the training images. Null if no training image or no image of the split has
 * an original size.
 */
export function sizeBaseline(rows: readonly KermanyRow[], split: 'train' | 'validation' | 'test'): number | null {
  const sized = rows.filter((row): row is SizedRow => row.originalSize !== undefined)
  const training = sized.filter((row) => splitOf(row) === 'train')
  const judged = sized.filter((row) => splitOf(row) === split)
  if (training.length === 0 || judged.length === 0) return null
  const model = fitLogistic(
    training.map((row) => ({ inputs: inputsOf(row), target: row.label === 'normal' ? 1 : 0, weight: 1 })),
    1e-4,
  )
  const normality = (row: SizedRow) =>
    inputsOf(row).reduce((sum, input, index) => sum + model.weights[index]! * input, model.bias)
  return areaUnderRoc(judged.map((row) => ({ score: -normality(row), positive: row.label !== 'normal' })))
}

/** Typical width and height in pixels, so that the logarithms are near 0. */
const typicalSize = 1000

/** Each logarithm is included with both signs, because `fitLogistic` does not allow positive weights. */
function inputsOf({ originalSize: { width, height } }: SizedRow): number[] {
  const logs = [Math.log(width / typicalSize), Math.log(height / typicalSize)]
  return [...logs, ...logs.map((value) => -value)]
}
