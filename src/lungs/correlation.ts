import type { Box } from '../pixels/radiograph.ts'
import type { Plane } from './plane.ts'

/** Pearson's correlation of two planes within a rectangle of samples, -1 to 1; 0 where one is uniform. */
export function correlation(a: Plane, b: Plane, within: Box): number {
  const meanA = meanWithin(a, within)
  const meanB = meanWithin(b, within)
  let shared = 0
  let varianceA = 0
  let varianceB = 0
  for (let y = within.y; y < within.y + within.height; y++) {
    for (let x = within.x; x < within.x + within.width; x++) {
      const fromA = a.samples[y * a.side + x]! - meanA
      const fromB = b.samples[y * b.side + x]! - meanB
      shared += fromA * fromB
      varianceA += fromA * fromA
      varianceB += fromB * fromB
    }
  }
  return varianceA > 0 && varianceB > 0 ? shared / Math.sqrt(varianceA * varianceB) : 0
}

function meanWithin({ side, samples }: Plane, { x, y, width, height }: Box): number {
  let sum = 0
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) sum += samples[row * side + column]!
  }
  return sum / (width * height)
}
