import type { ModelManifest } from '../../classify/manifest.ts'

/** `wanted = slope * logit + intercept`, by least squares. */
interface LogitMatch {
  readonly slope: number
  readonly intercept: number
}

/**
 * Brings the logits of one network to those of another on the same images, so that both state the same probabilities.
 * @param logits of at least two images, not all alike
 */
export function matchLogits(logits: readonly number[], wanted: readonly number[]): LogitMatch {
  const meanLogit = mean(logits)
  const meanWanted = mean(wanted)
  const spread = mean(logits.map((logit) => (logit - meanLogit) ** 2))
  const together = mean(logits.map((logit, index) => (logit - meanLogit) * (wanted[index]! - meanWanted)))
  const slope = together / spread
  return { slope, intercept: meanWanted - slope * meanLogit }
}

/** The calibration of the other network for logits that are matched to its own. */
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
