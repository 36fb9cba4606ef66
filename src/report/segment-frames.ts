import type { LungMask } from '../lungs/lung-region.ts'

/** Size of the image that is segmented. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/**
 * One lung of a mask at the size of its image: the mask lives in the square frame, which is the whole image stretched, and is
 * interpolated so that its border is no staircase.
 * @param samples of the frame, row-major; those in the lung are set to 1
 */
export function drawSegment(mask: LungMask, lung: number, { width, height }: ImageSize, samples: Uint8Array): void {
  const columns = Array.from({ length: width }, (_, x) => placeOf(x, width, mask.side))
  for (let y = 0; y < height; y++) {
    const row = placeOf(y, height, mask.side)
    const [upper, lower] = [row.before * mask.side, row.after * mask.side]
    for (let x = 0; x < width; x++) {
      const { before, after, share } = columns[x]!
      const member = (index: number) => (mask.samples[index] === lung ? 1 : 0)
      const above = member(upper + before) * (1 - share) + member(upper + after) * share
      const below = member(lower + before) * (1 - share) + member(lower + after) * share
      if (above * (1 - row.share) + below * row.share >= 0.5) samples[y * width + x] = 1
    }
  }
}

/** Samples of 0 and 1 as bits, the first one in the least significant bit of the first byte (PS3.5 8.1.1). */
export function packBits(samples: Uint8Array): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(Math.ceil(samples.length / 8))
  for (const [index, sample] of samples.entries()) bits[index >> 3]! |= sample << (index & 7)
  return bits
}

/** The two mask samples that a pixel's centre lies between, and how far it is on the way from the one to the other. */
function placeOf(pixel: number, length: number, side: number): { before: number; after: number; share: number } {
  const place = Math.min(Math.max(((pixel + 0.5) * side) / length - 0.5, 0), side - 1)
  const before = Math.floor(place)
  return { before, after: Math.min(before + 1, side - 1), share: place - before }
}
