import { type PlattScaling, calibratedProbability } from '../../classify/calibration.ts'
import type { ModelManifest } from '../../classify/manifest.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { percentile } from '../statistics/bootstrap.ts'
import { type ScoredCase, areaUnderRoc, operatingPoint } from '../statistics/roc.ts'
import type { TrainingImage } from '../features/training-features.ts'
import { chooseThresholds, sensitiveThreshold } from '../statistics/operating-points.ts'
import { type CalibrationCase, fitPlattScaling } from '../statistics/platt-scaling.ts'
import type { LogOddsCase, UnseenBatch } from '../data/unseen-batches.ts'

/** Calibration and thresholds that turn a network's logits into probabilities and decisions. */
interface OperatingPoints {
  readonly calibration: ModelManifest['calibration']
  /**
   * Second calibration step: converts log odds calibrated on familiar images to log odds calibrated on familiar and
   * unseen images.
   */
  readonly doubt: PlattScaling
  readonly thresholds: { readonly present: number; readonly absent: number }
  /**
   * Threshold with 98.7 % sensitivity on the validation images, the sensitivity of the report's network on its test
   * images.
   */
  readonly sensitive: number
  /** Value of the activation map that is drawn as 1. */
  readonly fullScale: number
}

/** Sensitivity of the report's stage one on its test images. */
const reportSensitivity = 0.987

/**
 * Prevalence of pneumonia that the stated probabilities assume. The data set's prevalence (three in four) is an
 * artefact of its collection and is not that of a clinic. At even odds the probability depends on the image alone; a
 * clinic that knows its own prevalence can convert it.
 */
const assumedPrevalence = 0.5

/** Share of positive validation images whose activation map reaches full scale. */
const shareAtFullScale = 0.9

/**
 * Calibrates a network and chooses thresholds on validation images and on batches of normal images left out of
 * training. Other networks scored these batches, so the two sets are combined as log odds. First each network is
 * calibrated on images like its training images. Then the log odds of both sets are calibrated together and shifted to
 * the assumed prevalence.
 * @param outputs outputs of the released file, one per validation image
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
  const familiar = fitPlattScaling(cases.map((item) => ({ ...item, weight: 1 })))
  const logOddsCases = cases.map(({ logit, positive }) => ({
    logOdds: familiar.slope * logit + familiar.intercept,
    positive,
  }))
  const unseenCases = unseen.flatMap((batch) => batch.cases)
  const fitted = fitPlattScaling(calibrationCases(logOddsCases, unseenCases))
  const doubt = { ...fitted, intercept: fitted.intercept + oddsShift(cases) }
  const calibration = {
    method: 'platt',
    slope: doubt.slope * familiar.slope,
    intercept: doubt.slope * familiar.intercept + doubt.intercept,
    assumedPrevalence,
  } as const
  const known = doubted(logOddsCases, doubt)
  const thresholds = chooseThresholds([...known, ...doubted(unseenCases, doubt)])
  const strongest = outputs
    .filter((_, index) => known[index]!.score >= thresholds.present)
    .map(({ activationMap }) => activationMap.reduce((top, value) => Math.max(top, value), -Infinity))
    .sort((one, other) => one - other)
  return {
    calibration,
    doubt,
    thresholds,
    sensitive: sensitiveThreshold(known, reportSensitivity),
    fullScale: Math.max(1, Math.round(percentile(strongest, 1 - shareAtFullScale))),
  }
}

/** Bayes' theorem in log odds: the shift from the cases' prevalence to the assumed one. */
function oddsShift(cases: readonly { readonly positive: boolean }[]): number {
  const share = cases.filter(({ positive }) => positive).length / cases.length
  return Math.log(assumedPrevalence / (1 - assumedPrevalence)) - Math.log(share / (1 - share))
}

type Case = Pick<LogOddsCase, 'logOdds' | 'positive'>

/**
 * Unseen batches get half of the weight of the normal images, because a random split alone is too easy a test. The
 * share of pneumonia remains that of the data.
 */
function calibrationCases(validation: readonly Case[], unseen: readonly Case[]): CalibrationCase[] {
  const unseenNormals = unseen.filter((item) => !item.positive)
  const normals = validation.filter((item) => !item.positive).length
  const weighted = ({ logOdds, positive }: Case, weight: number) => ({ logit: logOdds, positive, weight })
  return [
    ...validation.map((item) => weighted(item, item.positive ? 1 : 0.5)),
    ...unseenNormals.map((item) => weighted(item, (0.5 * normals) / unseenNormals.length)),
  ]
}

function doubted(cases: readonly Case[], doubt: PlattScaling): ScoredCase[] {
  return cases.map(({ logOdds, positive }) => ({ score: calibratedProbability(logOdds, doubt), positive }))
}

/** Normal images of a batch left out of training versus the pneumonia images of the validation children. */
export interface UnseenMeasure {
  readonly batch: string
  readonly auc: number
  readonly specificity: number
}

/** Measures a batch of normal images left out of training at the chosen threshold. */
export function measureUnseen(
  batch: string,
  cases: readonly LogOddsCase[],
  { doubt, thresholds }: OperatingPoints,
): UnseenMeasure {
  const scored = doubted(cases, doubt)
  return { batch, auc: areaUnderRoc(scored), specificity: operatingPoint(scored, thresholds.present).specificity }
}
