import { calibratedProbability } from '../classify/calibration.ts'
import type { ModelManifest } from '../classify/manifest.ts'
import type { NetworkOutput } from '../classify/network-output.ts'
import { percentile } from './evaluation/bootstrap.ts'
import { type ScoredCase, areaUnderRoc, operatingPoint } from './evaluation/roc.ts'
import type { TrainingImage } from './features/training-features.ts'
import { chooseThresholds, sensitiveThreshold } from './operating-points.ts'
import { type CalibrationCase, fitPlattScaling } from './platt-scaling.ts'
import type { LogitCase, UnseenBatch } from './unseen-batches.ts'

/** What turns a network's logits into probabilities and decisions. */
export interface OperatingPoints {
  readonly calibration: ModelManifest['calibration']
  readonly thresholds: { readonly present: number; readonly absent: number }
  /** Catches 98.7 % of the validation images' pneumonia, as the report's network did on its test images. */
  readonly sensitive: number
  /** Logit that the activation map draws as 1. */
  readonly fullScale: number
}

/** Of the report's stage one on its test images. */
const reportSensitivity = 0.987

/** Share of suspicious validation images whose strongest place reaches full scale in the activation map. */
const shareAtFullScale = 0.9

/**
 * Calibrates and chooses thresholds on validation images and on batches of normals that the network's head never saw.
 * @param outputs of the released file, one for each validation image
 */
export function choosePoints(
  validation: readonly TrainingImage[],
  outputs: readonly NetworkOutput[],
  unseen: readonly UnseenBatch[],
): OperatingPoints {
  const cases = validation.map(({ row }, index) => ({
    logit: outputs[index]!.pneumoniaLogit,
    positive: row.label !== 'normal',
  }))
  const unseenCases = unseen.flatMap((batch) => batch.cases)
  const calibration = fitPlattScaling(calibrationCases(cases, unseenCases))
  const all = calibrated([...cases, ...unseenCases], calibration)
  const thresholds = chooseThresholds(all)
  const sensitive = sensitiveThreshold(calibrated(cases, calibration), reportSensitivity)
  const strongest = outputs
    .filter(({ pneumoniaLogit }) => calibratedProbability(pneumoniaLogit, calibration) >= thresholds.present)
    .map(({ activationMap }) => activationMap.reduce((top, value) => Math.max(top, value), -Infinity))
    .sort((one, other) => one - other)
  return {
    calibration,
    thresholds,
    sensitive,
    fullScale: Math.max(1, Math.round(percentile(strongest, 1 - shareAtFullScale))),
  }
}

/**
 * Half the weight of the normals goes to batches that the network never saw, so that probabilities are not those of the easy
 * random split alone; the share of pneumonia stays as it is in the data.
 */
function calibrationCases(
  validation: readonly Omit<CalibrationCase, 'weight'>[],
  unseen: readonly Omit<CalibrationCase, 'weight'>[],
): CalibrationCase[] {
  const unseenNormals = unseen.filter((item) => !item.positive)
  const normals = validation.filter((item) => !item.positive).length
  return [
    ...validation.map((item) => ({ ...item, weight: item.positive ? 1 : 0.5 })),
    ...unseenNormals.map((item) => ({ ...item, weight: (0.5 * normals) / unseenNormals.length })),
  ]
}

function calibrated(
  cases: readonly Omit<CalibrationCase, 'weight'>[],
  calibration: ModelManifest['calibration'],
): ScoredCase[] {
  return cases.map(({ logit, positive }) => ({ score: calibratedProbability(logit, calibration), positive }))
}

/** Normals of a batch that was left out of training, against the validation children's pneumonia. */
export interface UnseenMeasure {
  readonly batch: string
  readonly auc: number
  readonly specificity: number
}

/** How a batch of normals that was left out fares at the chosen points. */
export function measureUnseen(
  batch: string,
  cases: readonly LogitCase[],
  { calibration, thresholds }: OperatingPoints,
): UnseenMeasure {
  const scored = calibrated(cases, calibration)
  return { batch, auc: areaUnderRoc(scored), specificity: operatingPoint(scored, thresholds.present).specificity }
}
