import type { LungMask } from '../../../lungs/lung-region.ts'
import { maskDice } from '../../statistics/overlap.ts'

/** A radiograph whose drawn mask may belong to another child. */
export interface UnlikelyPair {
  readonly file: string
  /** Dice of the found lungs with the mask that the table assigns. */
  readonly dice: number
  /** Trust in the localisation, 0–1; undefined without a gate. */
  readonly quality: number | undefined
  /** The radiograph whose found lungs match that mask best, and their Dice. */
  readonly fits: string
  readonly fitsDice: number
}

interface PairedImage {
  readonly file: string
  readonly found: LungMask
  readonly drawn: LungMask
  readonly dice: number
  readonly quality: number | undefined
}

/** Only pairs with a lower Dice are examined. */
const suspiciousDice = 0.85
/** A pair is listed if the mask's Dice with another radiograph is higher by at least this much. */
const clearlyBetter = 0.08

/**
 * Lists pairs whose drawn mask disagrees with the found lungs and clearly matches another radiograph better. The list
 * is for manual review: the pairs remain in all results.
 */
export function unlikelyPairs(images: readonly PairedImage[]): UnlikelyPair[] {
  return images
    .filter(({ dice }) => dice < suspiciousDice)
    .flatMap((image) => {
      const best = images
        .filter((other) => other !== image)
        .map((other) => ({ file: other.file, dice: maskDice(other.found, image.drawn) }))
        .reduce((better, other) => (other.dice > better.dice ? other : better), { file: '', dice: 0 })
      if (best.dice < image.dice + clearlyBetter) return []
      const { file, dice, quality } = image
      return [{ file, dice, quality, fits: best.file, fitsDice: best.dice }]
    })
    .sort((a, b) => a.dice - b.dice)
}
