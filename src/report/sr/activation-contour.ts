import { contours } from 'd3-contour'
import type { ActivationMap } from '../../classify/prediction.ts'
import type { Box } from '../../pixels/radiograph.ts'
import type { Point } from './content-item.ts'

/** Maximum number of points of an outline; neither viewers nor readers need more. */
const maxPoints = 64

/**
 * The outline of the network activation: the largest area above half of the map's maximum, in source pixels.
 * @param box that the map covers
 * @returns undefined for a map without activation
 */
export function activationContour(map: ActivationMap, box: Box): readonly Point[] | undefined {
  const most = map.samples.reduce((a, b) => Math.max(a, b), 0)
  if (most <= 0) return undefined
  // An empty border closes outlines at the map's edge.
  const width = map.width + 2
  const height = map.height + 2
  const padded = new Array<number>(width * height).fill(0)
  for (let y = 0; y < map.height; y++) {
    for (let x = 0; x < map.width; x++) padded[(y + 1) * width + x + 1] = map.samples[y * map.width + x]!
  }
  const [shape] = contours()
    .size([width, height])
    .thresholds([most / 2])(padded)
  const rings = (shape?.coordinates ?? []).flatMap((polygon) => polygon.slice(0, 1))
  const largest = rings.sort((a, b) => area(b) - area(a))[0]
  if (largest === undefined) return undefined
  const toSource = ([x, y]: readonly number[]): Point => [
    round(clamp(box.x + ((x! - 1) / map.width) * box.width, box.x, box.x + box.width)),
    round(clamp(box.y + ((y! - 1) / map.height) * box.height, box.y, box.y + box.height)),
  ]
  return thinned(largest.slice(0, -1)).map(toSource)
}

/** Twice the area of a closed ring, by the shoelace formula. */
function area(ring: readonly (readonly number[])[]): number {
  let sum = 0
  for (const [i, point] of ring.entries()) {
    const next = ring[(i + 1) % ring.length]!
    // Stryker disable next-line AssignmentOperator: the direction of a ring does not matter
    sum += point[0]! * next[1]! - next[0]! * point[1]!
  }
  return Math.abs(sum)
}

function thinned<Item>(points: readonly Item[]): readonly Item[] {
  const step = Math.ceil(points.length / maxPoints)
  return points.filter((_, index) => index % step === 0)
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}

/** SCOORD is float32; a tenth of a pixel is finer than any map. */
function round(value: number): number {
  return Math.round(value * 10) / 10
}
