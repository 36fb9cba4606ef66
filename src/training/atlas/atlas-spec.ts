import type { RegistrationSettings } from '../../lungs/prepared-image.ts'

/** Version of the atlas trained now. */
export const atlasVersion = '0.1.0'

/** Chosen on held-out children; the weights of the energy are for descriptors of length 255. */
export const registrationSettings: RegistrationSettings = {
  frameSide: 224,
  gridSide: 56,
  levels: 3,
  blurSigma: 0.8,
  retrieved: 4,
  smoothness: 80,
  smoothnessLimit: 8000,
  displacementCost: 10,
  mismatchLimit: 2500,
  topWindow: 3,
  topSweeps: 10,
  window: 1,
  sweeps: 6,
  flowSigma: 1,
}
