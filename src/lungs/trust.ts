import type { Box } from '../pixels/radiograph.ts'
import type { LungPrior } from './lung-prior.ts'
import type { LungMask } from './lung-region.ts'

/** What a good localisation looks like is learned from these; see training/atlas. */
export const trustFeatureNames = [
  'agreement',
  'residual',
  'resemblance',
  'similarity',
  'bending',
  'certainty',
  'area',
  'aspect',
  'symmetry',
] as const

export type TrustFeatureName = (typeof trustFeatureNames)[number]
export type TrustFeatures = Readonly<Record<TrustFeatureName, number>>

/** One feature's part in the gate, on its standardised value z: `linear * z + squared * z * z`. */
export interface TrustTerm {
  readonly mean: number
  readonly deviation: number
  readonly linear: number
  readonly squared: number
}

/** Logistic regression: the probability that the box is right (see training/atlas for the data it was fitted to). */
export interface TrustGate {
  readonly bias: number
  readonly terms: Readonly<Record<TrustFeatureName, TrustTerm>>
  /** Below this quality the box is not used. */
  readonly leastQuality: number
}

/** Measures a localisation; every feature is a plain number without unit unless said. */
export function trustFeatures(prior: LungPrior, mask: LungMask, bounds: Box): TrustFeatures {
  return {
    agreement: prior.agreement,
    residual: prior.residual / 1000,
    resemblance: prior.resemblance,
    similarity: Math.log10(1 - Math.min(prior.similarity, 1 - 1e-9)),
    bending: prior.bending,
    certainty: certaintyOf(prior),
    area: count(mask) / mask.samples.length,
    aspect: Math.log(bounds.width / bounds.height),
    symmetry: symmetryOf(mask, bounds),
  }
}

/** How far from one half the probability of lung samples is, 0–1. */
function certaintyOf({ probability: { samples } }: LungPrior): number {
  let lung = 0
  let sum = 0
  for (const value of samples) {
    if (value < 0.5) continue
    lung++
    sum += 2 * value - 1
  }
  return lung === 0 ? 0 : sum / lung
}

function count({ samples }: LungMask): number {
  let sum = 0
  for (const value of samples) sum += value
  return sum
}

/** Dice coefficient of the mask with its mirror image in the middle of its box, 0–1. */
function symmetryOf({ side, samples }: LungMask, { x, y, width, height }: Box): number {
  let lung = 0
  let mirrored = 0
  for (let row = y; row < y + height; row++) {
    for (let column = 0; column < width; column++) {
      if (samples[row * side + x + column] === 0) continue
      lung++
      mirrored += samples[row * side + x + width - 1 - column]!
    }
  }
  return mirrored / lung
}

/** Probability that a localisation with these features is right, 0–1. */
export function qualityOf(features: TrustFeatures, gate: TrustGate): number {
  const logit = trustFeatureNames.reduce((sum, name) => sum + contribution(features[name], gate.terms[name]), gate.bias)
  return 1 / (1 + Math.exp(-logit))
}

/** The feature that speaks most against the localisation. */
export function weakestFeature(features: TrustFeatures, gate: TrustGate): TrustFeatureName {
  const against = trustFeatureNames.map((name) => ({ name, value: contribution(features[name], gate.terms[name]) }))
  return against.reduce((weakest, candidate) => (candidate.value < weakest.value ? candidate : weakest)).name
}

function contribution(value: number, term: TrustTerm): number {
  const z = standardise(value, term)
  return term.linear * z + term.squared * z * z
}

/** Standardised value; limited, so that nothing far outside the training data is extrapolated to certainty. */
export function standardise(value: number, { mean, deviation }: Pick<TrustTerm, 'mean' | 'deviation'>): number {
  const z = (value - mean) / deviation
  return z < -8 ? -8 : z > 8 ? 8 : z
}
