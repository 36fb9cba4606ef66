import type { PlattScaling } from '../../classify/calibration.ts'

export interface CalibrationCase {
  readonly logit: number
  readonly positive: boolean
  readonly weight: number
}

/**
 * Fits `P(positive) = 1 / (1 + exp(-(slope * logit + intercept)))` by Newton's method on the weighted cross-entropy.
 * Platt's smoothed targets (Platt 1999, section 2.2) keep the slope finite for separable classes.
 */
export function fitPlattScaling(cases: readonly CalibrationCase[]): PlattScaling {
  const total = (positive: boolean) =>
    cases.reduce((sum, item) => sum + (item.positive === positive ? item.weight : 0), 0)
  const positives = total(true)
  const negatives = total(false)
  const highTarget = (positives + 1) / (positives + 2)
  const lowTarget = 1 / (negatives + 2)
  let slope = 1
  let intercept = 0
  for (let step = 0; step < 100; step++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-9, 0, 1e-9]
    for (const { logit, positive, weight } of cases) {
      const probability = 1 / (1 + Math.exp(-(slope * logit + intercept)))
      const error = weight * (probability - (positive ? highTarget : lowTarget))
      const curvature = weight * probability * (1 - probability)
      g0 += error * logit
      g1 += error
      h00 += curvature * logit * logit
      h01 += curvature * logit
      h11 += curvature
    }
    const determinant = h00 * h11 - h01 * h01
    const [dSlope, dIntercept] = [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant]
    // Newton's method overshoots where the loss is flat, so no parameter moves by more than 1 per step.
    const bound = Math.min(1, 1 / Math.max(Math.abs(dSlope), Math.abs(dIntercept)))
    slope -= bound * dSlope
    intercept -= bound * dIntercept
    if (Math.abs(dSlope) + Math.abs(dIntercept) < 1e-9) break
  }
  return { slope, intercept }
}
