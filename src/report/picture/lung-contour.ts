import { contours } from 'd3-contour'
import { boundsOf } from '../../lungs/lung-box.ts'
import type { LungMask } from '../../lungs/lung-region.ts'
import type { Box } from '../../pixels/radiograph.ts'

/** Half the width of the averaging window that smooths the mask's steps, in samples. */
const roundingRadius = 3
const border = roundingRadius + 1

/**
 * The outlines of a lung mask as closed rings of points, each from 0 (left, top) to 1 (right, bottom) of the image: the
 * mask is in the square frame, which is the whole image stretched.
 */
export function lungContours(mask: LungMask): readonly (readonly (readonly [x: number, y: number])[])[] {
  const window = windowAround(mask)
  if (window === undefined) return []
  const { x, y, width, height } = window
  const [shape] = contours().size([width, height]).thresholds([0.5])(roundedOff(mask, window))
  const toShare = (place: number) => Math.min(Math.max(place / mask.side, 0), 1)
  return (shape?.coordinates ?? []).flatMap((polygon) =>
    polygon.map((ring) => ring.map(([column, row]) => [toShare(column! + x), toShare(row! + y)] as const)),
  )
}

/**
 * The non-empty part of a mask, with an empty border that closes outlines at the image's edge; undefined for an empty
 * mask.
 */
function windowAround(mask: LungMask): Box | undefined {
  const bounds = boundsOf(mask)
  if (bounds === undefined) return undefined
  const { x, y, width, height } = bounds
  return { x: x - border, y: y - border, width: width + 2 * border, height: height + 2 * border }
}

/** The mask in the window, smoothed by averaging rows and then columns. */
function roundedOff({ side, samples }: LungMask, { x, y, width, height }: Box): number[] {
  const ofRows = new Uint8Array(width * height)
  for (let row = border; row < height - border; row++) {
    const start = (y + row) * side + x
    for (let column = border; column < width - border; column++) {
      if (samples[start + column] === 0) continue
      const centre = row * width + column
      for (let place = centre - roundingRadius; place <= centre + roundingRadius; place++) ofRows[place]!++
    }
  }
  const out = new Array<number>(width * height).fill(0)
  const reach = roundingRadius * width
  for (let place = reach; place < out.length - reach; place++) {
    let count = 0
    for (let above = place - reach; above <= place + reach; above += width) count += ofRows[above]!
    out[place] = count / (2 * roundingRadius + 1) ** 2
  }
  return out
}
