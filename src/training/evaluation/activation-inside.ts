import { type LungHull, insideOf } from '../../classify/lung-hull.ts'
import type { ModelManifest } from '../../classify/manifest.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import type { Box } from '../../pixels/radiograph.ts'
import type { LocatedLungs } from '../inputs/located-lungs.ts'

/**
 * Where the evidence for pneumonia lies, averaged over images with a positive logit and a known lung outline.
 * `measured` is the share of the activation map's positive sum inside the lungs' convex hull. `byChance` is the hull's
 * share of the box, the expected value for evenly spread evidence.
 */
export function activationInside(
  outputs: readonly NetworkOutput[],
  lungs: readonly LocatedLungs[],
  { preprocessing }: Pick<ModelManifest, 'preprocessing'>,
): { readonly measured: number; readonly byChance: number } {
  const shares = outputs.flatMap((output, index) => {
    const { outline, box } = lungs[index]!
    if (output.pneumoniaLogit <= 0 || outline === undefined) return []
    const inside = hullShares(outline, box, output.activationSide, preprocessing.squareFrameSide)
    const evidence = output.activationMap.map((value) => Math.max(0, value))
    const mass = sum(evidence)
    const within = sum(evidence.map((value, place) => value * inside[place]!))
    return [{ measured: within / mass, byChance: sum(inside) / inside.length }]
  })
  return {
    measured: sum(shares.map(({ measured }) => measured)) / shares.length,
    byChance: sum(shares.map(({ byChance }) => byChance)) / shares.length,
  }
}

/** The share of each activation map cell that lies inside the hull. */
function hullShares(outline: LungHull, box: Box, mapSide: number, side: number): number[] {
  const inside = insideOf(outline, side)
  return Array.from({ length: mapSide * mapSide }, (_, place) => {
    const left = (box.x + ((place % mapSide) / mapSide) * box.width) * side
    const top = (box.y + (Math.floor(place / mapSide) / mapSide) * box.height) * side
    return meanWithin(inside, side, {
      x: left,
      y: top,
      width: (box.width * side) / mapSide,
      height: (box.height * side) / mapSide,
    })
  })
}

function meanWithin(values: Float32Array, side: number, { x, y, width, height }: Box): number {
  let total = 0
  let count = 0
  for (let row = Math.floor(y); row < Math.min(side, y + height); row++) {
    for (let column = Math.floor(x); column < Math.min(side, x + width); column++) {
      total += values[row * side + column]!
      count++
    }
  }
  return total / count
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
