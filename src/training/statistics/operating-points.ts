import type { Thresholds } from '../../classify/prediction.ts'
import { type ScoredCase, operatingPoint } from './roc.ts'

/** Share of pneumonia that "absent" may cost on validation. */
const missedByAbsent = 0.01

/**
 * Chooses the pair of thresholds on images the network was not trained on.
 *
 * "Present" starts where the mean of sensitivity and specificity is highest (Youden 1950). "Absent" ends where one pneumonia in
 * a hundred would be lost. Where the network is so good that the second lies above the first, one threshold serves as both.
 * @param cases scores are calibrated probabilities
 */
export function chooseThresholds(cases: readonly ScoredCase[]): Thresholds {
  const scores = cases.map((item) => item.score).sort((one, other) => one - other)
  // Halfway between neighbours, so that no image used for choosing sits on the threshold.
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

/** The highest threshold that still catches a share of the positive cases. */
export function sensitiveThreshold(cases: readonly ScoredCase[], sensitivity: number): number {
  const positives = cases.filter((item) => item.positive).map((item) => item.score)
  positives.sort((one, other) => one - other)
  return Math.floor(1000 * positives[Math.floor((1 - sensitivity) * positives.length)]!) / 1000
}

/** Three decimals: people read and set these numbers. */
function roundTo(value: number): number {
  return Math.round(value * 1000) / 1000
}
