import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { featureFileUnfit } from '../errors.ts'
import { type ClassMeasures, classMeasures, confusionOf } from '../statistics/confusion-measures.ts'
import { areaUnderRoc } from '../statistics/roc.ts'
import { parseFeatureLine } from '../features/feature-rows.ts'
import { type TrainingImage, splitOf } from '../features/training-features.ts'
import { lossFigure } from '../figures/losses.ts'
import { renderFigure } from '../figures/render-figure.ts'
import { readKermany } from '../data/kermany.ts'
import { evaluateDense } from './evaluate-dense.ts'
import { type HeadRecipe, type TrainingCourse, subtypeClasses, trainStageTwo } from './train-heads.ts'

interface StageTwoOptions {
  /** Folder with `kermany.csv`, which states the patient of each image. */
  readonly dataDir: string
  /** Text file that `train features` wrote. */
  readonly featuresFile: string
  readonly outDir: string
  readonly recipe: HeadRecipe
  readonly seed: number
}

/** Stage two's measures on the validation images; also written to `stage2.json`. */
export interface StageTwoRecord {
  readonly images: { readonly training: number; readonly validation: number }
  readonly course: TrainingCourse
  readonly accuracy: number
  readonly meanAuc: number
  readonly aucByClass: Readonly<Record<string, number>>
  readonly byClass: Readonly<Record<string, ClassMeasures>>
}

/**
 * Trains stage two on a text file of features and writes `stage2.json` (record and weights) and `losses.svg`.
 * @throws TRAINING_FEATURES_UNFIT
 */
export async function trainStageTwoOnFile(options: StageTwoOptions): Promise<StageTwoRecord> {
  const images = await readImages(options)
  const { subtype, course } = await trainStageTwo(images, options.seed, options.recipe)
  const validation = images.filter(({ split }) => split === 'validation')
  const { probabilities } = await evaluateDense(
    subtype,
    validation.map(({ row, small }) => ({ features: small, label: subtypeClasses.indexOf(row.label), weight: 1 })),
  )
  const answers = validation.map(({ row }, index) => ({ is: row.label, shares: probabilities[index]! }))
  const confusion = confusionOf(
    subtypeClasses,
    answers.map(({ is, shares }) => ({ is, called: subtypeClasses[shares.indexOf(Math.max(...shares))]! })),
  )
  const areas = subtypeClasses.map((label, index) =>
    areaUnderRoc(answers.map(({ is, shares }) => ({ score: shares[index]!, positive: is === label }))),
  )
  const record: StageTwoRecord = {
    images: { training: images.length - validation.length, validation: validation.length },
    course,
    accuracy: confusion.counts.reduce((sum, row, index) => sum + row[index]!, 0) / validation.length,
    meanAuc: areas.reduce((sum, area) => sum + area, 0) / areas.length,
    aucByClass: Object.fromEntries(subtypeClasses.map((label, index) => [label, areas[index]!])),
    byClass: classMeasures(confusion),
  }
  await mkdir(options.outDir, { recursive: true })
  const layers = subtype.map(({ inputs, outputs, weights, bias }) => ({
    inputs,
    outputs,
    weights: Array.from(weights),
    bias: Array.from(bias),
  }))
  await writeFile(join(options.outDir, 'stage2.json'), JSON.stringify({ ...record, layers }))
  const figure = lossFigure('Stage two', course.history, course.bestEpoch + 1)
  await writeFile(join(options.outDir, 'losses.svg'), await renderFigure(figure))
  return record
}

async function readImages({ dataDir, featuresFile }: StageTwoOptions): Promise<TrainingImage[]> {
  const rows = new Map(
    (await readKermany(dataDir)).filter(({ split }) => split === 'train').map((row) => [row.file, row]),
  )
  const lines = (await readFile(featuresFile, 'utf8')).split('\n').filter((line) => line !== '')
  return lines.map((line, index): TrainingImage => {
    const { file, features } = parseFeatureLine(line)
    const row = rows.get(file)
    if (row === undefined || features.some((value) => !Number.isFinite(value))) {
      throw featureFileUnfit(featuresFile, index + 1)
    }
    return { row, split: splitOf(row) === 'validation' ? 'validation' : 'train', small: features, varied: [] }
  })
}
