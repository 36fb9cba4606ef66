/** From a logit to log odds. */
export interface PlattScaling {
  readonly slope: number
  readonly intercept: number
}

/**
 * Platt scaling (Platt 1999): a probability from the network's logit by a slope and an intercept fitted on images that the
 * network was not trained on. Keeps the order of images.
 * @returns 0–1
 */
export function calibratedProbability(logit: number, calibration: PlattScaling): number {
  return 1 / (1 + Math.exp(-(calibration.slope * logit + calibration.intercept)))
}
