import { boundsOf, boxIou } from '../../lungs/lung-box.ts'
import type { LungMask } from '../../lungs/lung-region.ts'
import type { Plane } from '../../lungs/plane.ts'
import type { Box } from '../../pixels/radiograph.ts'

/** Thresholds a drawn mask at 0.5. Drawn masks do not distinguish the two lungs, so both are 1. */
export function toMask({ side, samples }: Plane): LungMask {
  return { side, samples: Uint8Array.from(samples, (share) => (share >= 0.5 ? 1 : 0)) }
}

/** Dice coefficient of two masks of equal side, 0–1. Both lungs count as one region. */
export function maskDice(a: LungMask, b: LungMask): number {
  let shared = 0
  let sizes = 0
  for (let i = 0; i < a.samples.length; i++) {
    const inA = a.samples[i] !== 0
    const inB = b.samples[i] !== 0
    if (inA && inB) shared++
    sizes += Number(inA) + Number(inB)
  }
  return sizes === 0 ? 1 : (2 * shared) / sizes
}

/** Jaccard coefficient (intersection over union) from the Dice coefficient. */
export function jaccardOfDice(dice: number): number {
  return dice / (2 - dice)
}

/** IoU of a found box with the bounding box of a drawn mask; 0 if either is missing. */
export function boxIouWithMask(box: Box | undefined, mask: LungMask): number {
  const truth = boundsOf(mask)
  return box && truth ? boxIou(box, truth) : 0
}

export interface Summary {
  readonly mean: number
  readonly median: number
  /** 5th percentile. */
  readonly p5: number
}

export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, median: at(0.5), p5: at(0.05) }
}
