import type { LungMask } from '../../lungs/lung-region.ts'

/**
 * Average boundary distance (Candemir 2014, section III): the mean distance from each boundary sample of one mask to
 * the nearest of the other, averaged over both directions.
 * @param size size of the original image, in whose geometry distances are measured
 * @returns percent of the image diagonal; 100 if either mask has no boundary
 */
export function boundaryDistancePct(
  a: LungMask,
  b: LungMask,
  size: { readonly width: number; readonly height: number },
): number {
  const diagonal = Math.hypot(size.width, size.height)
  const spacing = { x: size.width / a.side / diagonal, y: size.height / a.side / diagonal }
  const boundaryA = boundaryOf(a, spacing)
  const boundaryB = boundaryOf(b, spacing)
  if (boundaryA.length === 0 || boundaryB.length === 0) return 100
  return (100 * (meanDistance(boundaryA, boundaryB) + meanDistance(boundaryB, boundaryA))) / 2
}

type Point = readonly [x: number, y: number]

/** Samples of the mask with a 4-neighbour outside it. The frame's edge does not count, because the image ends there. */
function boundaryOf({ side, samples }: LungMask, spacing: { x: number; y: number }): Point[] {
  const boundary: Point[] = []
  for (let i = 0; i < samples.length; i++) {
    if (samples[i] === 0) continue
    const x = i % side
    const outside =
      (x > 0 && samples[i - 1] === 0) ||
      (x < side - 1 && samples[i + 1] === 0) ||
      (i >= side && samples[i - side] === 0) ||
      (i < side * (side - 1) && samples[i + side] === 0)
    if (outside) boundary.push([x * spacing.x, Math.floor(i / side) * spacing.y])
  }
  return boundary
}

/** Mean distance from each point to the nearest of the others. */
function meanDistance(points: readonly Point[], others: readonly Point[]): number {
  let sum = 0
  for (const [x, y] of points) {
    let least = Infinity
    for (const [otherX, otherY] of others) least = Math.min(least, (x - otherX) ** 2 + (y - otherY) ** 2)
    sum += Math.sqrt(least)
  }
  return sum / points.length
}
