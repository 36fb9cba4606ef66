import { connectedComponents, fillHoles } from './connected-components.ts'
import { type LungMask, leftLung, rightLung } from './lung-region.ts'
import { type Plane, resizeBilinear } from './plane.ts'

/** A component smaller than this share of the other lung is debris. */
const leastShare = 0.15

/**
 * Keeps the two largest components, fills their holes and labels them as right and left lung. Lungs that touch are
 * separated at the midline.
 * @param lung 1 lung, 0 not
 * @param fromMidline on the same grid; negative on the side of the right lung
 */
export function separateLungs(lung: Uint8Array, fromMidline: Plane): LungMask {
  const { side } = fromMidline
  const [first, second] = twoLargest(lung, side).map((mask) => fillHoles(mask, side))
  if (first === undefined) return { side, samples: new Uint8Array(side * side) }
  if (second === undefined) return partAtMidline(first, fromMidline)
  const [right, left] = [first, second].sort(
    (one, other) => meanWithin(one, fromMidline) - meanWithin(other, fromMidline),
  )
  const samples = new Uint8Array(side * side)
  for (let i = 0; i < samples.length; i++) samples[i] = right![i] === 1 ? rightLung : left![i] === 1 ? leftLung : 0
  return { side, samples }
}

/** The largest component, and the second largest unless it is debris, each as a separate mask. */
export function twoLargest(lung: Uint8Array, side: number): Uint8Array<ArrayBuffer>[] {
  const { labels, sizes } = connectedComponents(lung, side, 1)
  const bySize = sizes.map((size, component) => ({ size, component })).sort((a, b) => b.size - a.size)
  return bySize
    .slice(0, 2)
    .filter(({ size }) => size >= leastShare * bySize[0]!.size)
    .map(({ component }) => {
      const mask = new Uint8Array(labels.length)
      for (let i = 0; i < mask.length; i++) mask[i] = labels[i] === component ? 1 : 0
      return mask
    })
}

function meanWithin(mask: Uint8Array, { samples }: Plane): number {
  let sum = 0
  let count = 0
  for (let i = 0; i < mask.length; i++) {
    sum += mask[i]! * samples[i]!
    count += mask[i]!
  }
  return sum / count
}

/** A single component is both lungs, unless nearly all of it is on one side. */
function partAtMidline(lung: Uint8Array<ArrayBuffer>, fromMidline: Plane): LungMask {
  let right = 0
  let left = 0
  for (let i = 0; i < lung.length; i++) {
    if (fromMidline.samples[i]! < 0) right += lung[i]!
    else left += lung[i]!
  }
  const sideOf = (position: number): number => {
    if (left < leastShare * right) return rightLung
    if (right < leastShare * left) return leftLung
    return position < 0 ? rightLung : leftLung
  }
  const samples = lung.map((value, i) => (value === 0 ? 0 : sideOf(fromMidline.samples[i]!)))
  return { side: fromMidline.side, samples }
}

/** Where the cut has decided, the probability is moved at least this far from one half. */
const decided = 0.1

/**
 * Refines the mask to a finer grid. The cut decides which samples are lung; between samples, the boundary is where the
 * probability is one half.
 * @param probability of lung, 0–1, on the mask's own grid
 */
export function refineMask({ side, samples }: LungMask, probability: Plane, finerSide: number): LungMask {
  const finer = (lung: number): Float32Array => {
    const decidedProbability = probability.samples.map((value, i) =>
      samples[i] === lung ? Math.max(value, 0.5 + decided) : Math.min(value, 0.5 - decided),
    )
    return resizeBilinear({ side, samples: decidedProbability }, finerSide).samples
  }
  const right = finer(rightLung)
  const left = finer(leftLung)
  const refined = new Uint8Array(finerSide * finerSide)
  for (let i = 0; i < refined.length; i++) {
    if (right[i]! >= 0.5) refined[i] = rightLung
    else if (left[i]! >= 0.5) refined[i] = leftLung
  }
  return { side: finerSide, samples: refined }
}
