import type { ModelManifest } from './manifest.ts'

/**
 * Platt scaling (Platt 1999): a probability from the network's logit by a slope and an intercept fitted on images that the
 * network was not trained on. Keeps the order of images.
 * @returns 0–1
 */
export function calibratedProbability(logit: number, calibration: ModelManifest['calibration']): number {
  return 1 / (1 + Math.exp(-(calibration.slope * logit + calibration.intercept)))
}
