import { type PlattScaling, calibratedProbability } from '../../classify/calibration.ts'
import type { ModelManifest } from '../../classify/manifest.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { percentile } from '../statistics/bootstrap.ts'
import { type ScoredCase, areaUnderRoc, operatingPoint } from '../statistics/roc.ts'
import type { TrainingImage } from '../features/training-features.ts'
import { chooseThresholds, sensitiveThreshold } from '../statistics/operating-points.ts'
import { type CalibrationCase, fitPlattScaling } from '../statistics/platt-scaling.ts'
import type { LogOddsCase, UnseenBatch } from '../data/unseen-batches.ts'

/** What turns a network's logits into probabilities and decisions. */
interface OperatingPoints {
  readonly calibration: ModelManifest['calibration']
  /** Its second step: from log odds that are right on familiar images to such as are right on both. */
  readonly doubt: PlattScaling
  readonly thresholds: { readonly present: number; readonly absent: number }
  /** Catches 98.7 % of the validation images' pneumonia, as the report's network did on its test images. */
  readonly sensitive: number
  /** Logit that the activation map draws as 1. */
  readonly fullScale: number
}

/** Of the report's stage one on its test images. */
const reportSensitivity = 0.987

/**
 * What a probability assumes of the children it is stated for. The data set's own share of pneumonia (three in four) is how it was collected and
 * no clinic's: at even odds a probability says what the image says, and a clinic that knows its share can reckon from there.
 */
const assumedPrevalence = 0.5

/** Share of suspicious validation images whose strongest place reaches full scale in the activation map. */
const shareAtFullScale = 0.9

/**
 * Calibrates and chooses thresholds on validation images and on batches of normals that were never seen. The unseen batches come from
 * other networks, so what joins both are log odds: first each network is calibrated on what is familiar to it, then those log odds
 * together on both, then brought to the assumed prevalence.
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

/** Bayes' theorem in log odds: what leads from the cases' prevalence to the assumed one. */
function oddsShift(cases: readonly { readonly positive: boolean }[]): number {
  const share = cases.filter(({ positive }) => positive).length / cases.length
  return Math.log(assumedPrevalence / (1 - assumedPrevalence)) - Math.log(share / (1 - share))
}

type Case = Pick<LogOddsCase, 'logOdds' | 'positive'>

/**
 * Half the weight of the normals goes to batches that were never seen, so that probabilities are not those of the easy random split
 * alone; the share of pneumonia stays as it is in the data.
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

/** Normals of a batch that was left out of training, against the validation children's pneumonia. */
export interface UnseenMeasure {
  readonly batch: string
  readonly auc: number
  readonly specificity: number
}

/** How a batch of normals that was left out fares at the chosen points. */
export function measureUnseen(
  batch: string,
  cases: readonly LogOddsCase[],
  { doubt, thresholds }: OperatingPoints,
): UnseenMeasure {
  const scored = doubted(cases, doubt)
  return { batch, auc: areaUnderRoc(scored), specificity: operatingPoint(scored, thresholds.present).specificity }
}
