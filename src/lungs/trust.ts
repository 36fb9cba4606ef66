import type { Box } from '../pixels/radiograph.ts'
import { correlation } from './correlation.ts'
import type { LungPrior } from './lung-prior.ts'
import type { LungMask } from './lung-region.ts'

type Direction = 'high' | 'low' | 'usual'

/** What a localisation is judged by, and which way a good one goes; how good ones look is learned (training/atlas). */
const directions = {
  agreement: 'high',
  residual: 'low',
  resemblance: 'high',
  dissimilarity: 'low',
  bending: 'low',
  area: 'usual',
  aspect: 'usual',
  symmetry: 'high',
} as const satisfies Record<string, Direction>

export type TrustFeatureName = keyof typeof directions
export type TrustFeatures = Readonly<Record<TrustFeatureName, number>>

export const trustFeatureNames = [
  'agreement',
  'residual',
  'resemblance',
  'dissimilarity',
  'bending',
  'area',
  'aspect',
  'symmetry',
] as const satisfies readonly TrustFeatureName[]

/** One feature's part in the gate: its mean and deviation over right boxes, and what a deviation of shortfall costs. */
export interface TrustTerm {
  readonly mean: number
  readonly deviation: number
  readonly weight: number
}

/** Logistic regression on shortfalls: the probability that the box is right is 1 / (1 + exp(Σ weight · shortfall - bias)). */
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
    resemblance: correlation(prior.seen, prior.expected, onGrid(bounds, mask.side, prior.seen.side)),
    dissimilarity: Math.log10(1 - Math.min(prior.similarity, 1 - 1e-9)),
    bending: prior.bending,
    area: count(mask) / mask.samples.length,
    aspect: Math.log(bounds.width / bounds.height),
    symmetry: symmetryOf(mask, bounds),
  }
}

/** The samples of a coarser grid that a rectangle of a finer one touches. */
function onGrid({ x, y, width, height }: Box, side: number, gridSide: number): Box {
  const scale = gridSide / side
  const left = Math.floor(x * scale)
  const top = Math.floor(y * scale)
  return {
    x: left,
    y: top,
    width: Math.ceil((x + width) * scale) - left,
    height: Math.ceil((y + height) * scale) - top,
  }
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
  const cost = trustFeatureNames.reduce((sum, name) => sum + costOf(name, features, gate), 0)
  return 1 / (1 + Math.exp(cost - gate.bias))
}

/** The feature that speaks most against the localisation. */
export function weakestFeature(features: TrustFeatures, gate: TrustGate): TrustFeatureName {
  return trustFeatureNames.reduce((weakest, name) =>
    costOf(name, features, gate) > costOf(weakest, features, gate) ? name : weakest,
  )
}

function costOf(name: TrustFeatureName, features: TrustFeatures, { terms }: TrustGate): number {
  return terms[name].weight * shortfall(name, features[name], terms[name])
}

/** Beyond this many deviations nothing more is known. */
const largestShortfall = 12

/**
 * By how many deviations a feature is worse than in the mean of right boxes, 0 where it is not: better than usual does not make
 * up for what is wrong elsewhere.
 */
export function shortfall(
  name: TrustFeatureName,
  value: number,
  { mean, deviation }: Pick<TrustTerm, 'mean' | 'deviation'>,
): number {
  const z = (value - mean) / deviation
  const direction: Direction = directions[name]
  const worse = direction === 'high' ? -z : direction === 'low' ? z : Math.abs(z)
  return Math.min(Math.max(worse, 0), largestShortfall)
}
