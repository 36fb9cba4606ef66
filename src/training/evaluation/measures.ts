import type { Probabilities, Thresholds } from '../../classify/prediction.ts'
import type { KermanyRow } from '../kermany.ts'
import { seededRandom } from '../random.ts'
import { patientBootstrap } from './bootstrap.ts'
import { brierScore, expectedCalibrationError } from './calibration-measures.ts'
import { areaUnderRoc, operatingPoint } from './roc.ts'

/** What a model reaches on a set of images; shares and areas 0–1. */
export interface Measures {
  /** Images. */
  readonly n: number
  readonly patients: number
  readonly binary: {
    readonly auc: number
    readonly aucCi95: readonly [number, number]
    readonly accuracy: number
    readonly sensitivity: number
    readonly specificity: number
    /** The threshold of "present", at which the three above hold. */
    readonly threshold: number
    readonly brier: number
    readonly ece: number
    /** Shares of the outcomes among images with and without pneumonia. */
    readonly outcomes: { readonly pneumonia: OutcomeShares; readonly normal: OutcomeShares }
  }
  readonly threeClass: {
    readonly meanAuc: number
    readonly aucByClass: Readonly<Record<KermanyRow['label'], number>>
    readonly accuracy: number
  }
}

interface OutcomeShares {
  readonly present: number
  readonly undetermined: number
  readonly absent: number
}

/** An image with what is known and what the model says. */
export interface EvaluatedCase {
  readonly patient: string
  readonly label: KermanyRow['label']
  readonly probabilities: Probabilities
}

/** The measures of a set of cases; the bootstrap's seed is fixed, so the same cases give the same interval. */
export function measure(cases: readonly EvaluatedCase[], thresholds: Thresholds): Measures {
  const binary = cases.map(({ patient, label, probabilities }) => ({
    patient,
    score: probabilities.pneumonia,
    positive: label !== 'normal',
  }))
  const aucByClass = {
    normal: classAuc(cases, 'normal'),
    viral: classAuc(cases, 'viral'),
    bacterial: classAuc(cases, 'bacterial'),
  }
  return {
    n: cases.length,
    patients: new Set(cases.map((item) => item.patient)).size,
    binary: {
      auc: areaUnderRoc(binary),
      aucCi95: patientBootstrap(binary, areaUnderRoc, seededRandom(1)),
      ...operatingPoint(binary, thresholds.present),
      threshold: thresholds.present,
      brier: brierScore(binary),
      ece: expectedCalibrationError(binary),
      outcomes: {
        pneumonia: outcomeShares(
          binary.filter((item) => item.positive).map((item) => item.score),
          thresholds,
        ),
        normal: outcomeShares(
          binary.filter((item) => !item.positive).map((item) => item.score),
          thresholds,
        ),
      },
    },
    threeClass: {
      meanAuc: (aucByClass.normal + aucByClass.viral + aucByClass.bacterial) / 3,
      aucByClass,
      accuracy: cases.filter((item) => mostLikely(item.probabilities, thresholds) === item.label).length / cases.length,
    },
  }
}

function classAuc(cases: readonly EvaluatedCase[], label: KermanyRow['label']): number {
  return areaUnderRoc(cases.map((item) => ({ score: item.probabilities[label], positive: item.label === label })))
}

/** The class that the model's own threshold and stage two name together. */
function mostLikely({ pneumonia, bacterial, viral }: Probabilities, { present }: Thresholds): KermanyRow['label'] {
  if (pneumonia < present) return 'normal'
  return bacterial >= viral ? 'bacterial' : 'viral'
}

function outcomeShares(scores: readonly number[], { present, absent }: Thresholds): OutcomeShares {
  const share = (count: number) => count / scores.length
  const above = scores.filter((score) => score >= present).length
  const below = scores.filter((score) => score < absent).length
  return { present: share(above), undetermined: share(scores.length - above - below), absent: share(below) }
}
