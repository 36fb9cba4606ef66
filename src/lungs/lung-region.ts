import type { Box } from '../pixels/radiograph.ts'

/** Values of a lung mask. Right and left are the patient's: the right lung is on the image's left. */
export const rightLung = 1
export const leftLung = 2

/**
 * Lung membership in the square frame (see pixels/square-frame.ts): 0 no lung, else `rightLung` or `leftLung`;
 * row-major, length `side * side`.
 */
export interface LungMask {
  readonly side: number
  readonly samples: Uint8Array<ArrayBuffer>
}

/**
 * The position of the lungs. `found`: the localisation is trusted and `box` contains the lungs with a margin.
 * `whole-frame`: it is not trusted, `box` is the whole image, and `warning` states why, as a sentence for the result.
 */
export type LungRegion =
  | { readonly kind: 'found'; readonly box: Box; readonly quality: number; readonly mask: LungMask }
  | { readonly kind: 'whole-frame'; readonly box: Box; readonly quality: number; readonly warning: string }
