/** Maps a logit to log odds. */
export interface PlattScaling {
  readonly slope: number
  readonly intercept: number
}

/**
 * Platt scaling (Platt 1999): converts the network's logit to a probability using a slope and an intercept fitted on
 * images that the network was not trained on. Preserves the order of images.
 * @returns 0–1
 */
export function calibratedProbability(logit: number, calibration: PlattScaling): number {
  return 1 / (1 + Math.exp(-(calibration.slope * logit + calibration.intercept)))
}
