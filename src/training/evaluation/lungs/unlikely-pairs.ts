import type { LungMask } from '../../../lungs/lung-region.ts'
import { maskDice } from '../../statistics/overlap.ts'

/** A radiograph whose drawn mask looks like another child's. */
export interface UnlikelyPair {
  readonly file: string
  /** Of the found lungs with the mask the table gives. */
  readonly dice: number
  /** Trust in what was found, 0–1; undefined without a gate. */
  readonly quality: number | undefined
  /** The radiograph whose found lungs fit that mask best, and how well. */
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

/** What agrees less than this, though the localisation is trusted, is looked at. */
const suspiciousDice = 0.85
/** How much better a mask fits another radiograph before its pairing is doubted. */
const clearlyBetter = 0.08

/**
 * Lists pairs in which a trusted localisation and the drawn mask disagree while the mask fits another radiograph well. They stay in
 * every figure: the list is for people.
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
