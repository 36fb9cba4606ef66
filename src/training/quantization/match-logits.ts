import type { ModelManifest } from '../../classify/manifest.ts'

/** Least-squares fit of `wanted = slope * logit + intercept`. */
interface LogitMatch {
  readonly slope: number
  readonly intercept: number
}

/**
 * Fits the logits of one network to those of another on the same images, so that both give the same probabilities.
 * @param logits logits of at least two images, not all equal
 */
export function matchLogits(logits: readonly number[], wanted: readonly number[]): LogitMatch {
  const meanLogit = mean(logits)
  const meanWanted = mean(wanted)
  const spread = mean(logits.map((logit) => (logit - meanLogit) ** 2))
  const together = mean(logits.map((logit, index) => (logit - meanLogit) * (wanted[index]! - meanWanted)))
  const slope = together / spread
  return { slope, intercept: meanWanted - slope * meanLogit }
}

/** The other network's calibration, adjusted for logits that are matched to its own. */
export function matchedCalibration(
  calibration: ModelManifest['calibration'],
  { slope, intercept }: LogitMatch,
): ModelManifest['calibration'] {
  return {
    ...calibration,
    slope: calibration.slope * slope,
    intercept: calibration.slope * intercept + calibration.intercept,
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
