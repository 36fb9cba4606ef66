import type { Thresholds } from '../../classify/prediction.ts'
import { type ScoredCase, operatingPoint } from './roc.ts'

/** Largest share of pneumonia cases that "absent" may miss. */
const missedByAbsent = 0.01

/**
 * Chooses the thresholds for "present" and "absent" on images not used in training.
 *
 * "Present" starts where the sum of sensitivity and specificity is highest (Youden 1950). "Absent" ends where 1 % of
 * the pneumonia cases would be missed. If that is above the threshold for "present", both thresholds are equal.
 * @param cases with calibrated probabilities as scores
 */
export function chooseThresholds(cases: readonly ScoredCase[]): Thresholds {
  const scores = cases.map((item) => item.score).sort((one, other) => one - other)
  // Midpoints between neighbouring scores, so that no score equals a candidate.
  const candidates = scores.slice(1).map((score, index) => (score + scores[index]!) / 2)
  const youden = (threshold: number) => {
    const { sensitivity, specificity } = operatingPoint(cases, threshold)
    return sensitivity + specificity
  }
  const best = candidates.reduce(
    (top, threshold) => {
      const value = youden(threshold)
      return value > top.value ? { threshold, value } : top
    },
    { threshold: 0.5, value: -Infinity },
  )
  const positives = cases.filter((item) => item.positive).map((item) => item.score)
  positives.sort((one, other) => one - other)
  const lowest = positives[Math.floor(missedByAbsent * positives.length)]!
  return { present: roundTo(best.threshold), absent: roundTo(Math.min(lowest, best.threshold)) }
}

/** The highest threshold with at least the given sensitivity, rounded down to three decimals. */
export function sensitiveThreshold(cases: readonly ScoredCase[], sensitivity: number): number {
  const positives = cases.filter((item) => item.positive).map((item) => item.score)
  positives.sort((one, other) => one - other)
  return Math.floor(1000 * positives[Math.floor((1 - sensitivity) * positives.length)]!) / 1000
}

/** Rounds to three decimals, because people read and enter these numbers. */
function roundTo(value: number): number {
  return Math.round(value * 1000) / 1000
}
