import { polygonHull } from 'd3-polygon'
import type { LungMask } from '../lungs/lung-region.ts'
import { KernelMemory } from '../pixels/kernel/kernel-memory.ts'
import { pixelKernel as kernel } from '../pixels/kernel/pixel-kernel.ts'
import { gaussianBlur } from './gaussian.ts'

/**
 * A convex polygon around both lungs and the area between them; points as shares of the image's width and height, 0–1.
 */
export type LungHull = readonly (readonly [x: number, y: number])[]

/** The convex hull of the lungs; undefined if the lungs have fewer than three points. */
export function lungHull({ side, samples }: LungMask): LungHull | undefined {
  const corners: [number, number][] = []
  for (let y = 0; y < side; y++) {
    const [start, end] = [y * side, (y + 1) * side]
    // Plain loops, because V8 runs callbacks slowly for the first dozen images.
    let left = start
    while (left < end && samples[left] === 0) left++
    if (left === end) continue
    let right = end
    while (samples[right - 1] === 0) right--
    for (const x of [left - start, right - start]) corners.push([x / side, y / side], [x / side, (y + 1) / side])
  }
  return polygonHull(corners) ?? undefined
}

/** Standard deviation of the edge between inside and outside, in samples. */
const edgeSigma = 3

/**
 * How much each sample of a square frame counts as inside: 1 within the outline, falling to 0 over some samples around
 * it. This avoids a sharp edge and makes a slightly tight boundary harmless.
 */
export function insideOf(outline: LungHull, side: number): Float32Array<ArrayBuffer> {
  const hard = new Float32Array(side * side)
  for (let y = 0; y < side; y++) {
    const [left, right] = spanAt(outline, (y + 0.5) / side)
    fillSpan(hard.subarray(y * side, (y + 1) * side), left * side, right * side)
  }
  return amplified(gaussianBlur(hard, side, edgeSigma), 2)
}

/** Writes the share of each sample of a row that lies between two positions; the row must be zero before. */
function fillSpan(row: Float32Array, left: number, right: number): void {
  const [first, end] = [Math.max(0, Math.floor(left)), Math.min(row.length, Math.ceil(right))]
  if (first >= end) return
  row.fill(1, first + 1, end - 1)
  for (const x of [first, end - 1]) row[x] = Math.min(x + 1, right) - Math.max(x, left)
}

/** Multiplies shares by a gain, up to at most 1. */
function amplified(shares: Float32Array<ArrayBuffer>, gain: number): Float32Array<ArrayBuffer> {
  const address = new KernelMemory(kernel).allocate(shares.byteLength)
  const inKernel = new Float32Array(kernel.memory.buffer, address, shares.length)
  inKernel.set(shares)
  kernel.amplify(address, shares.length, gain)
  shares.set(inKernel)
  return shares
}

/** Where a horizontal line enters and leaves a convex polygon; undefined if it misses the polygon. */
function spanAt(outline: LungHull, y: number): [left: number, right: number] {
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
