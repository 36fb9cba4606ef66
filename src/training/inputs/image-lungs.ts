import type { LungHull } from '../../classify/lung-hull.ts'
import type { CroppedLungs } from '../../classify/preprocess.ts'
import type { Box } from '../../pixels/radiograph.ts'

/** The lungs of an image of any size: box and outline in shares of it, 0–1. */
export interface ImageLungs {
  readonly box: Box
  readonly outline?: LungHull | undefined
}

/** The lungs of an image as its network input needs them. */
export function inPixels(
  { box, outline }: ImageLungs,
  { width, height }: { readonly width: number; readonly height: number },
): CroppedLungs {
  return {
    box: { x: box.x * width, y: box.y * height, width: box.width * width, height: box.height * height },
    outline,
  }
}
