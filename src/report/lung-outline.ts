import { contours } from 'd3-contour'
import type { LungMask } from '../lungs/lung-region.ts'

/** Half the width of the window whose mean rounds off the mask's steps, in samples. */
const roundingRadius = 3

/**
 * The outlines of a lung mask as closed rings of points, each from 0 (left, top) to 1 (right, bottom) of the image: the mask lives in
 * the square frame, which is the whole image stretched.
 */
export function lungOutline(mask: LungMask): readonly (readonly (readonly [x: number, y: number])[])[] {
  // A border of nothing closes outlines at the image's edge.
  const border = roundingRadius + 1
  const side = mask.side + 2 * border
  const [shape] = contours().size([side, side]).thresholds([0.5])(roundedOff(mask, border, side))
  const toShare = (place: number) => Math.min(Math.max((place - border) / mask.side, 0), 1)
  return (shape?.coordinates ?? []).flatMap((polygon) =>
    polygon.map((ring) => ring.map(([x, y]) => [toShare(x!), toShare(y!)] as const)),
  )
}

/** The mask with its border, every sample the mean of its window. */
function roundedOff({ side: maskSide, samples }: LungMask, border: number, side: number): number[] {
  const window = 2 * roundingRadius + 1
  const out = new Array<number>(side * side).fill(0)
  for (let index = 0; index < samples.length; index++) {
    if (samples[index] === 0) continue
    const x = (index % maskSide) + border
    const y = Math.floor(index / maskSide) + border
    for (let dy = -roundingRadius; dy <= roundingRadius; dy++) {
      for (let dx = -roundingRadius; dx <= roundingRadius; dx++) out[(y + dy) * side + x + dx]! += 1 / window ** 2
    }
  }
  return out
}
