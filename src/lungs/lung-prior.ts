import type { Prototype } from './atlas.ts'
import type { Plane } from './plane.ts'
import { type PreparedImage, type RegistrationSettings } from './prepared-image.ts'
import { profileSimilarity } from './profiles.ts'
import { type Registration, siftFlow } from './sift-flow.ts'
import { warp } from './warp.ts'

/** Where the retrieved prototypes, registered to the radiograph, say the lungs are. */
export interface LungPrior {
  /** Mean of the warped lung probabilities, 0–1. */
  readonly probability: Plane
  /** Mean Dice coefficient of the single prototypes' lungs with the mean, 0–1. */
  readonly agreement: number
  /** Mean distance of matched descriptors, see `Registration.residual`. */
  readonly residual: number
  /** The radiograph as it was registered, and what the registered prototypes expect there; equalised, 0–255. */
  readonly seen: Plane
  readonly expected: Plane
  /** Profile similarity of the best prototype, 0–1. */
  readonly similarity: number
  /** Root mean square difference of displacements between neighbouring samples: how much the anatomy was bent. */
  readonly bending: number
}

/** Candemir 2014, the first two steps: retrieve the most similar prototypes, register each, average their warped lungs. */
export function lungPrior(
  image: PreparedImage,
  prototypes: readonly Prototype[],
  settings: RegistrationSettings,
): LungPrior {
  const retrieved = retrieve(image, prototypes, settings.retrieved)
  const registrations = retrieved.map(({ prototype }) => siftFlow(image.pyramid, prototype.prepared.pyramid, settings))
  const warped = retrieved.map(({ prototype }, i) => warp(prototype.lungProbability, registrations[i]!.flow))
  const probability = meanOf(warped)
  return {
    probability,
    agreement: average(warped.map((single) => dice(single, probability))),
    residual: average(registrations.map(({ residual }) => residual)),
    seen: image.grid,
    expected: meanOf(retrieved.map(({ prototype }, i) => warp(prototype.prepared.grid, registrations[i]!.flow))),
    similarity: retrieved[0]!.similarity,
    bending: average(registrations.map(bendingOf)),
  }
}

export interface Retrieved {
  readonly prototype: Prototype
  readonly similarity: number
}

/** The prototypes whose profiles are most like the image's, best first. */
export function retrieve(image: PreparedImage, prototypes: readonly Prototype[], count: number): Retrieved[] {
  return prototypes
    .map((prototype) => ({ prototype, similarity: profileSimilarity(image.profiles, prototype.prepared.profiles) }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, count)
}

/** The mean of planes of one side. */
export function meanOf(planes: readonly Plane[]): Plane {
  const { side } = planes[0]!
  const samples = new Float32Array(side * side)
  const share = 1 / planes.length
  for (const plane of planes) for (let i = 0; i < samples.length; i++) samples[i]! += share * plane.samples[i]!
  return { side, samples }
}

/** Dice coefficient of two probabilities, each cut at one half; 1 when both are empty. */
export function dice(a: Plane, b: Plane): number {
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

function bendingOf({ flow: { side, x, y } }: Registration): number {
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

function average(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}
