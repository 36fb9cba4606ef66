import type { Probabilities, Thresholds } from '../../classify/prediction.ts'
import type { KermanyRow } from '../data/kermany.ts'
import { seededRandom } from '../data/random.ts'
import { patientBootstrap } from './bootstrap.ts'
import type { Confusion } from '../figures/confusion.ts'
import { brierScore, calibrationSlope, expectedCalibrationError } from './calibration-measures.ts'
import { type ClassMeasures, classMeasures, confusionOf } from './confusion-measures.ts'
import { type OperatingPoint, type ScoredCase, areaUnderRoc, operatingPoint } from './roc.ts'

/** A model's performance on a set of images. Shares and areas are 0–1. */
export interface Measures {
  /** Number of images. */
  readonly n: number
  readonly patients: number
  readonly binary: {
    readonly auc: number
    readonly aucCi95: readonly [number, number]
    readonly accuracy: number
    readonly sensitivity: number
    readonly specificity: number
    /** The threshold for "present", to which the three values above apply. */
    readonly threshold: number
    readonly brier: number
    readonly ece: number
    /** Slope of the observed log odds over the stated ones: 1 is ideal, below 1 is overconfident. */
    readonly calibrationSlope: number
    /** Results at further thresholds: one half and the operating points of the manifest. */
    readonly points: readonly BinaryPoint[]
    /** Shares of the decisions among images with and without pneumonia. */
    readonly outcomes: { readonly pneumonia: OutcomeShares; readonly normal: OutcomeShares }
  }
  readonly threeClass: {
    readonly meanAuc: number
    readonly aucByClass: Readonly<Record<KermanyRow['label'], number>>
    readonly accuracy: number
    readonly confusion: Confusion
    readonly byClass: Readonly<Record<string, ClassMeasures>>
  }
}

/** Results if every score at or above a threshold counts as pneumonia. */
interface BinaryPoint extends OperatingPoint {
  readonly name: string
  readonly threshold: number
  readonly confusion: Confusion
  readonly byClass: Readonly<Record<string, ClassMeasures>>
}

interface OutcomeShares {
  readonly present: number
  readonly undetermined: number
  readonly absent: number
}

/** An image with its label and the model's probabilities. */
export interface EvaluatedCase {
  readonly patient: string
  readonly label: KermanyRow['label']
  readonly probabilities: Probabilities
}

/** A threshold with its name. */
interface NamedThreshold {
  readonly name: string
  readonly threshold: number
}

/** Measures a set of cases. The bootstrap seed is fixed, so the same cases give the same interval. */
export function measure(
  cases: readonly EvaluatedCase[],
  thresholds: Thresholds,
  points: readonly NamedThreshold[] = [],
): Measures {
  const binary = cases.map(({ patient, label, probabilities }) => ({
    patient,
    score: probabilities.pneumonia,
    positive: label !== 'normal',
  }))
  const threeClass = confusionOf(
    threeClasses,
    cases.map(({ label, probabilities }) => ({ is: label, called: mostLikely(probabilities, thresholds) })),
  )
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
      calibrationSlope: calibrationSlope(binary),
      points: points.map((point) => binaryPoint(binary, point)),
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
      accuracy: threeClass.counts.reduce((sum, row, index) => sum + row[index]!, 0) / cases.length,
      confusion: threeClass,
      byClass: classMeasures(threeClass),
    },
  }
}

const threeClasses = ['normal', 'viral', 'bacterial'] as const
const twoClasses = ['normal', 'pneumonia'] as const

function binaryPoint(cases: readonly ScoredCase[], { name, threshold }: NamedThreshold): BinaryPoint {
  const classOf = (positive: boolean) => twoClasses[positive ? 1 : 0]
  const confusion = confusionOf(
    twoClasses,
    cases.map(({ score, positive }) => ({ is: classOf(positive), called: classOf(score >= threshold) })),
  )
  return { name, threshold, ...operatingPoint(cases, threshold), confusion, byClass: classMeasures(confusion) }
}

function classAuc(cases: readonly EvaluatedCase[], label: KermanyRow['label']): number {
  return areaUnderRoc(cases.map((item) => ({ score: item.probabilities[label], positive: item.label === label })))
}

/** The class according to the threshold for "present" and stage two. */
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
