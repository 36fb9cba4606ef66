import type { Box } from '../pixels/radiograph.ts'
import type { LungMask } from './lung-region.ts'

/** Added on each side, as a share of the image's side. */
const marginShare = 0.005

/** The smallest rectangle of samples that contains the mask, without margin; undefined for an empty mask. */
export function boundsOf({ side, samples }: LungMask): Box | undefined {
  let left = side
  let right = -1
  let top = side
  let bottom = -1
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (samples[y * side + x] === 0) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = y
    }
  }
  return right < 0 ? undefined : { x: left, y: top, width: right + 1 - left, height: bottom + 1 - top }
}

/** Intersection over union of two rectangles, 0–1. */
export function boxIou(a: Box, b: Box): number {
  const width = Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x))
  const height = Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y))
  const shared = width * height
  return shared / (a.width * a.height + b.width * b.height - shared)
}

/** The smallest rectangle that contains both. */
export function boxAround(a: Box, b: Box): Box {
  const x = Math.min(a.x, b.x)
  const y = Math.min(a.y, b.y)
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  }
}

/**
 * Converts a rectangle of the square frame to whole pixels of the source, widened by the margin and clipped to the
 * image.
 */
export function toSourceBox(bounds: Box, side: number, source: { width: number; height: number }): Box {
  const horizontal = toSourceSpan(bounds.x / side, (bounds.x + bounds.width) / side, source.width)
  const vertical = toSourceSpan(bounds.y / side, (bounds.y + bounds.height) / side, source.height)
  return { x: horizontal.first, y: vertical.first, width: horizontal.length, height: vertical.length }
}

function toSourceSpan(from: number, to: number, sourceLength: number): { first: number; length: number } {
  const first = Math.max(0, Math.floor((from - marginShare) * sourceLength))
  const end = Math.min(sourceLength, Math.ceil((to + marginShare) * sourceLength))
  return { first, length: end - first }
}
