import type { Box } from '../pixels/radiograph.ts'
import { correlation } from './correlation.ts'
import { boundsOf, boxAround, boxIou } from './lung-box.ts'
import { twoLargest } from './lung-components.ts'
import type { LungPrior } from './lung-prior.ts'
import { type LungMask, leftLung, rightLung } from './lung-region.ts'
import type { Plane } from './plane.ts'

type Direction = 'high' | 'low' | 'usual'

/**
 * The features that a localisation is judged by, and the good direction of each. Good values are learned
 * (training/atlas).
 */
const directions = {
  agreement: 'high',
  certainty: 'high',
  steadiness: 'high',
  residual: 'low',
  resemblance: 'high',
  dissimilarity: 'low',
  bending: 'low',
  area: 'usual',
  aspect: 'usual',
  balance: 'usual',
} as const satisfies Record<string, Direction>

export type TrustFeatureName = keyof typeof directions
export type TrustFeatures = Readonly<Record<TrustFeatureName, number>>

export const trustFeatureNames = [
  'agreement',
  'certainty',
  'steadiness',
  'residual',
  'resemblance',
  'dissimilarity',
  'bending',
  'area',
  'aspect',
  'balance',
] as const satisfies readonly TrustFeatureName[]

/**
 * One feature's part in the gate: its mean and deviation over correct boxes, and the cost of one deviation of
 * shortfall.
 */
export interface TrustTerm {
  readonly mean: number
  readonly deviation: number
  readonly weight: number
}

/**
 * Logistic regression on shortfalls: the probability that the box is correct is 1 / (1 + exp(Σ weight · shortfall -
 * bias)).
 */
export interface TrustGate {
  readonly bias: number
  readonly terms: Readonly<Record<TrustFeatureName, TrustTerm>>
  /** Below this quality the box is not used. */
  readonly leastQuality: number
}

/** Measures a localisation; every feature is a number without unit. */
export function trustFeatures({ prior, probability, mask, bounds }: MeasuredLocalisation): TrustFeatures {
  return {
    agreement: prior.agreement,
    certainty: certaintyOf(probability),
    steadiness: steadinessOf(probability),
    residual: prior.residual / 1000,
    resemblance: correlation(prior.seen, prior.expected, onGrid(bounds, mask.side, prior.seen.side)),
    dissimilarity: Math.log10(1 - Math.min(prior.similarity, 1 - 1e-9)),
    bending: prior.bending,
    area: count(mask) / mask.samples.length,
    aspect: Math.log(bounds.width / bounds.height),
    balance: balanceOf(mask),
  }
}

interface MeasuredLocalisation {
  readonly prior: LungPrior
  /** Lung probability by the data term, on the prior's grid. */
  readonly probability: Plane
  readonly mask: LungMask
  readonly bounds: Box
}

/** Mean distance of the probability from one half, weighted by the probability of lung; 0–1. */
function certaintyOf({ samples }: Plane): number {
  let certain = 0
  let total = 0
  for (let i = 0; i < samples.length; i++) {
    certain += samples[i]! * Math.abs(2 * samples[i]! - 1)
    total += samples[i]!
  }
  return total > 0 ? certain / total : 0
}

/** How little the box depends on the probability threshold: overlap of the boxes at a low and a high threshold, 0–1. */
function steadinessOf({ side, samples }: Plane): number {
  const boundsAt = (bar: number): Box | undefined => {
    const probable = new Uint8Array(samples.length)
    for (let i = 0; i < probable.length; i++) probable[i] = samples[i]! >= bar ? 1 : 0
    const [first, second] = twoLargest(probable, side).map((mask) => boundsOf({ side, samples: mask })!)
    return first === undefined || second === undefined ? first : boxAround(first, second)
  }
  const [wide, narrow] = [boundsAt(0.2), boundsAt(0.8)]
  return wide === undefined || narrow === undefined ? 0 : boxIou(wide, narrow)
}

/** Natural logarithm of the right lung's area over the left one's, bounded if one is missing. */
function balanceOf({ samples }: LungMask): number {
  let right = 1
  let left = 1
  for (const value of samples) {
    if (value === rightLung) right++
    else if (value === leftLung) left++
  }
  return Math.log(right / left)
}

/** The samples of a coarser grid that a rectangle of a finer grid touches. */
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
  for (const value of samples) if (value !== 0) sum++
  return sum
}

/** Probability that a localisation with these features is correct, 0–1. */
export function qualityOf(features: TrustFeatures, gate: TrustGate): number {
  const cost = trustFeatureNames.reduce((sum, name) => sum + costOf(name, features, gate), 0)
  return 1 / (1 + Math.exp(cost - gate.bias))
}

/** The feature that counts most against the localisation. */
export function weakestFeature(features: TrustFeatures, gate: TrustGate): TrustFeatureName {
  return trustFeatureNames.reduce((weakest, name) =>
    costOf(name, features, gate) > costOf(weakest, features, gate) ? name : weakest,
  )
}

function costOf(name: TrustFeatureName, features: TrustFeatures, { terms }: TrustGate): number {
  return terms[name].weight * shortfall(name, features[name], terms[name])
}

/** Shortfalls are capped at this many deviations. */
const largestShortfall = 12

/**
 * How many deviations worse than the mean of correct boxes a feature is; 0 if it is not worse, so that a
 * better-than-average feature does not compensate for a bad one.
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
