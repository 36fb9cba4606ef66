import { polygonHull } from 'd3-polygon'
import type { LungMask } from '../lungs/lung-region.ts'
import { gaussianBlur } from './gaussian.ts'

/** A convex polygon around both lungs and what lies between them; points in shares of the image's width and height, 0–1. */
export type LungOutline = readonly (readonly [x: number, y: number])[]

/** The convex hull of the lungs; undefined where there are fewer than three points to make one of. */
export function lungOutline({ side, samples }: LungMask): LungOutline | undefined {
  const corners: [number, number][] = []
  for (let y = 0; y < side; y++) {
    const row = samples.subarray(y * side, (y + 1) * side)
    const left = row.findIndex((value) => value !== 0)
    if (left < 0) continue
    const right = row.findLastIndex((value) => value !== 0) + 1
    for (const x of [left, right]) corners.push([x / side, y / side], [x / side, (y + 1) / side])
  }
  return polygonHull(corners) ?? undefined
}

/** Standard deviation of the edge between inside and outside, in samples. */
const edgeSigma = 3

/**
 * How much of each sample of a square frame counts as inside: 1 within the outline, falling to 0 over some samples around it, so that no
 * sharp edge is made and a boundary found a little too tight costs nothing.
 */
export function insideOf(outline: LungOutline, side: number): Float32Array<ArrayBuffer> {
  const hard = new Float32Array(side * side)
  for (let y = 0; y < side; y++) {
    const [left, right] = spanAt(outline, (y + 0.5) / side)
    for (let x = Math.max(0, Math.floor(left * side)); x < Math.min(side, Math.ceil(right * side)); x++) {
      hard[y * side + x] = Math.min(x + 1, right * side) - Math.max(x, left * side)
    }
  }
  const inside = gaussianBlur(hard, side, edgeSigma)
  // A loop in place: V8 leaves callbacks slow for a dozen images.
  for (let i = 0; i < inside.length; i++) inside[i] = Math.min(1, 2 * inside[i]!)
  return inside
}

/** Where a horizontal line enters and leaves a convex polygon; nothing where it misses it. */
function spanAt(outline: LungOutline, y: number): [left: number, right: number] {
  let left = Infinity
  let right = -Infinity
  for (const [index, [x1, y1]] of outline.entries()) {
    const [x2, y2] = outline[(index + 1) % outline.length]!
    if (y1 > y === y2 > y) continue
    const x = x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)
    left = Math.min(left, x)
    right = Math.max(right, x)
  }
  return [left, right]
}
