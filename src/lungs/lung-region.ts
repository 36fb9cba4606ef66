import type { Box } from '../pixels/radiograph.ts'

/** Lung membership in the square frame (see pixels/square-frame.ts): 1 lung, 0 not; row-major, length `side * side`. */
export interface LungMask {
  readonly side: number
  readonly samples: Uint8Array<ArrayBuffer>
}

/**
 * Where the lungs are. `found`: localisation is trusted and `box` holds the lungs with a margin. `whole-frame`: it is not
 * trusted, `box` is the whole image, and `warning` says why in words for the result.
 */
export type LungRegion =
  | { readonly kind: 'found'; readonly box: Box; readonly quality: number; readonly mask: LungMask }
  | { readonly kind: 'whole-frame'; readonly box: Box; readonly quality: number; readonly warning: string }
