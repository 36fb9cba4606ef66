import { type Plane, gaussianHalfKernel, smooth } from '../../../src/lungs/plane.ts'
import type { Registration, SiftFlowSettings } from '../../../src/lungs/sift-flow.ts'
import { propagateBeliefs } from './belief-propagation.ts'
import { type DescriptorField, denseSift, descriptorPyramid } from './dense-sift.ts'

// A readable reference of src/lungs/sift-flow.ts and its kernel, which are tested against it.

/**
 * SIFT flow, coarse to fine: the coarsest level searches widely, each finer one around twice the displacement found
 * before.
 */
export function referenceSiftFlow(fixedPlane: Plane, movingPlane: Plane, settings: SiftFlowSettings): Registration {
  const fixed = descriptorPyramid(denseSift(fixedPlane), settings.levels)
  const moving = descriptorPyramid(denseSift(movingPlane), settings.levels)
  const top = fixed.length - 1
  let centre = { x: new Int16Array(fixed[top]!.side ** 2), y: new Int16Array(fixed[top]!.side ** 2) }
  for (let level = top; level >= 0; level--) {
    const field = fixed[level]!
    if (level < top) centre = doubleDisplacements(centre, field.side)
    const window = level === top ? settings.topWindow : settings.window
    const found = propagateBeliefs({
      side: field.side,
      window,
      centreX: centre.x,
      centreY: centre.y,
      dataCost: matchingCosts(field, moving[level]!, centre, window, settings.mismatchLimit),
      smoothness: settings.smoothness,
      smoothnessLimit: settings.smoothnessLimit,
      displacementCost: settings.displacementCost * 2 ** level,
      sweeps: level === top ? settings.topSweeps : settings.sweeps,
    })
    centre = { x: Int16Array.from(found.x), y: Int16Array.from(found.y) }
  }
  return {
    flow: smoothFlow(fixed[0]!.side, centre, settings.flowSigma),
    residual: meanDistance(fixed[0]!, moving[0]!, centre),
  }
}

function smoothFlow(side: number, { x, y }: Centres, sigma: number): Registration['flow'] {
  const kernel = gaussianHalfKernel(sigma)
  return {
    side,
    x: smooth({ side, samples: Float32Array.from(x) }, kernel).samples,
    y: smooth({ side, samples: Float32Array.from(y) }, kernel).samples,
  }
}

interface Centres {
  readonly x: Int16Array<ArrayBuffer>
  readonly y: Int16Array<ArrayBuffer>
}

function doubleDisplacements(coarse: Centres, side: number): Centres {
  const fine = { x: new Int16Array(side * side), y: new Int16Array(side * side) }
  const coarseSide = side / 2
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = Math.floor(y / 2) * coarseSide + Math.floor(x / 2)
      fine.x[y * side + x] = 2 * coarse.x[from]!
      fine.y[y * side + x] = 2 * coarse.y[from]!
    }
  }
  return fine
}

/** Truncated L1 distances of each sample's descriptor to those in its window; see `DisplacementProblem.dataCost`. */
function matchingCosts(
  fixed: DescriptorField,
  moving: DescriptorField,
  centre: Centres,
  window: number,
  limit: number,
): Float32Array {
  const { side } = fixed
  const labels = 2 * window + 1
  const costs = new Float32Array(side * side * labels * labels)
  let k = 0
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const sample = y * side + x
      for (let ly = -window; ly <= window; ly++) {
        const atY = y + centre.y[sample]! + ly
        for (let lx = -window; lx <= window; lx++) {
          const atX = x + centre.x[sample]! + lx
          // A position outside the moving image has no counterpart and gets the highest cost.
          const outside = atX < 0 || atY < 0 || atX >= side || atY >= side
          costs[k++] = outside ? limit : Math.min(limit, distance(fixed, sample, moving, atY * side + atX))
        }
      }
    }
  }
  return costs
}

function distance(a: DescriptorField, atA: number, b: DescriptorField, atB: number): number {
  const { dimensions } = a
  const valuesA = a.values
  const valuesB = b.values
  const startA = atA * dimensions
  const startB = atB * dimensions
  let sum = 0
  for (let k = 0; k < dimensions; k++) sum += Math.abs(valuesA[startA + k]! - valuesB[startB + k]!)
  return sum
}

function meanDistance(fixed: DescriptorField, moving: DescriptorField, flow: Centres): number {
  const { side } = fixed
  const last = side - 1
  let sum = 0
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const sample = y * side + x
      const atX = Math.min(Math.max(x + flow.x[sample]!, 0), last)
      const atY = Math.min(Math.max(y + flow.y[sample]!, 0), last)
      sum += distance(fixed, sample, moving, atY * side + atX)
    }
  }
  return sum / (side * side)
}
