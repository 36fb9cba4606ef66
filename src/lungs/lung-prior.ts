import type { PrototypeRegistration } from './lung-localiser.ts'
import type { Plane } from './plane.ts'
import type { PreparedImage } from './prepared-image.ts'
import { profileSimilarity } from './profiles.ts'
import type { DescribedPrototype } from './atlas/prototype.ts'
import type { Flow } from './sift-flow.ts'
import { warp } from './warp.ts'

/**
 * The lung positions that the retrieved prototypes predict after registration. All planes are on the registered grid.
 */
export interface LungPrior {
  /** Weighted mean of the warped lung probabilities, 0–1. */
  readonly probability: Plane
  /** Weighted standard deviation of the warped lung probabilities, 0–0.5. */
  readonly disagreement: Plane
  /** The radiograph as registered, and the appearance expected from the registered prototypes; equalised, 0–255. */
  readonly seen: Plane
  readonly expected: Plane
  /** Samples from the prototypes' midline; negative for the patient's right lung, which is on the image's left. */
  readonly fromMidline: Plane
  /** Weighted mean Dice coefficient between each prototype's lungs and the mean, 0–1. */
  readonly agreement: number
  /** Weighted mean distance of matched descriptors, see `Registration.residual`. */
  readonly residual: number
  /** Profile similarity of the best prototype, 0–1. */
  readonly similarity: number
  /** Root mean square difference of displacements between neighbouring samples, a measure of deformation. */
  readonly bending: number
}

/**
 * The first two steps of Candemir 2014: retrieve the most similar prototypes, register them, average their warped
 * lungs. Prototypes that register badly on the coarse levels are dropped before the costly finest level; the others are
 * weighted by their fit.
 */
export function lungPrior(
  image: PreparedImage,
  { prototypes, registration, siftFlow }: PrototypeRegistration,
): LungPrior {
  const retrieved = retrieve(image, prototypes, registration.retrieved)
  siftFlow.setFixed(image.smoothed)
  const fitted = retrieved
    .map(({ prototype }) => ({ prototype, match: siftFlow.search(prototype.descriptors) }))
    .sort((a, b) => a.match.residual - b.match.residual)
    .slice(0, registration.refined)
    .map(({ prototype, match }) => ({ prototype, ...siftFlow.refine(prototype.prepared.smoothed, match) }))
  const shares = sharesOf(
    fitted.map(({ residual }) => residual),
    registration.residualScale,
  )
  const warped = fitted.map(({ prototype, flow }) => warp(prototype.lungProbability, flow))
  const probability = weightedMean(warped, shares)
  const average = (values: readonly number[]): number => values.reduce((sum, value, i) => sum + shares[i]! * value, 0)
  return {
    probability,
    disagreement: spreadAround(probability, warped, shares),
    seen: image.grid,
    expected: weightedMean(
      fitted.map(({ prototype, flow }) => warp(prototype.prepared.grid, flow)),
      shares,
    ),
    fromMidline: weightedMean(
      fitted.map(({ prototype, flow }) => fromMidline(prototype, flow)),
      shares,
    ),
    agreement: average(warped.map((single) => dice(single, probability))),
    residual: average(fitted.map(({ residual }) => residual)),
    similarity: retrieved[0]!.similarity,
    bending: average(fitted.map(({ flow }) => bendingOf(flow))),
  }
}

interface Retrieved {
  readonly prototype: DescribedPrototype
  readonly similarity: number
}

/** The prototypes with the profiles most similar to the image's, best first. */
export function retrieve(image: PreparedImage, prototypes: readonly DescribedPrototype[], count: number): Retrieved[] {
  return prototypes
    .map((prototype) => ({ prototype, similarity: profileSimilarity(image.profiles, prototype.prepared.profiles) }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, count)
}

/** Weights that sum to 1. */
function sharesOf(residuals: readonly number[], scale: number): number[] {
  const best = Math.min(...residuals)
  const weights = residuals.map((residual) => Math.exp((best - residual) / scale))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** The mean of planes of the same side, with equal shares by default. */
export function weightedMean(planes: readonly Plane[], shares?: readonly number[]): Plane {
  const { side } = planes[0]!
  const samples = new Float32Array(side * side)
  for (const [index, plane] of planes.entries()) {
    const share = shares?.[index] ?? 1 / planes.length
    for (let i = 0; i < samples.length; i++) samples[i]! += share * plane.samples[i]!
  }
  return { side, samples }
}

function spreadAround(mean: Plane, planes: readonly Plane[], shares: readonly number[]): Plane {
  const samples = new Float32Array(mean.samples.length)
  for (const [index, plane] of planes.entries()) {
    for (let i = 0; i < samples.length; i++) samples[i]! += shares[index]! * (plane.samples[i]! - mean.samples[i]!) ** 2
  }
  for (let i = 0; i < samples.length; i++) samples[i] = Math.sqrt(samples[i]!)
  return { side: mean.side, samples }
}

function fromMidline({ midline }: DescribedPrototype, { side, x }: Flow): Plane {
  const samples = new Float32Array(side * side)
  for (let i = 0; i < samples.length; i++) samples[i] = (i % side) + x[i]! - midline
  return { side, samples }
}

/** Dice coefficient of two probabilities, each cut at one half; 1 when both are empty. */
function dice(a: Plane, b: Plane): number {
  let sizes = 0
  let shared = 0
  for (let i = 0; i < a.samples.length; i++) {
    const inA = a.samples[i]! >= 0.5 ? 1 : 0
    const inB = b.samples[i]! >= 0.5 ? 1 : 0
    sizes += inA + inB
    shared += inA * inB
  }
  return sizes === 0 ? 1 : (2 * shared) / sizes
}

function bendingOf({ side, x, y }: Flow): number {
  let squares = 0
  for (let row = 0; row < side - 1; row++) {
    for (let column = 0; column < side - 1; column++) {
      const i = row * side + column
      squares +=
        (x[i + 1]! - x[i]!) ** 2 + (y[i + 1]! - y[i]!) ** 2 + (x[i + side]! - x[i]!) ** 2 + (y[i + side]! - y[i]!) ** 2
    }
  }
  return Math.sqrt(squares) / side
}
