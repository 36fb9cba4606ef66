/** A score, and whether the finding is present. */
export interface ScoredCase {
  readonly score: number
  readonly positive: boolean
}

/**
 * Area under the ROC curve: the probability that a positive case scores above a negative one; ties count half
 * (Mann-Whitney U). NaN if one of the classes is missing or a score is not a number.
 */
export function areaUnderRoc(cases: readonly ScoredCase[]): number {
  const sorted = [...cases].sort((one, other) => one.score - other.score)
  const positives = sorted.filter((item) => item.positive).length
  const negatives = sorted.length - positives
  if (positives === 0 || negatives === 0 || cases.some(({ score }) => Number.isNaN(score))) return NaN
  let rankSum = 0
  for (let start = 0; start < sorted.length;) {
    let end = start
    let tiedPositives = 0
    while (end < sorted.length && sorted[end]!.score === sorted[start]!.score) {
      if (sorted[end++]!.positive) tiedPositives++
    }
    // Ranks count from 1; tied cases share their mean rank.
    rankSum += tiedPositives * ((start + 1 + end) / 2)
    start = end
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

export interface OperatingPoint {
  readonly accuracy: number
  readonly sensitivity: number
  readonly specificity: number
}

/** Accuracy, sensitivity and specificity when every score of at least `threshold` counts as positive. */
export function operatingPoint(cases: readonly ScoredCase[], threshold: number): OperatingPoint {
  const positives = cases.filter((item) => item.positive)
  const negatives = cases.filter((item) => !item.positive)
  const found = positives.filter((item) => item.score >= threshold).length
  const cleared = negatives.filter((item) => item.score < threshold).length
  return {
    accuracy: (found + cleared) / cases.length,
    sensitivity: found / positives.length,
    specificity: cleared / negatives.length,
  }
}
