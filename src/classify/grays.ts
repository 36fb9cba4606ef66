import { KernelMemory } from '../pixels/kernel/kernel-memory.ts'
import { pixelKernel as kernel } from '../pixels/kernel/pixel-kernel.ts'
import type { SquareFrame } from '../pixels/square-frame.ts'
import { type LungHull, insideOf } from './lung-hull.ts'
import type { InputSpec } from './manifest.ts'

/** Mean and deviation of standardised lungs. */
const standardMean = 118
const standardDeviation = 45

/** The frame with the gray values for the network: first the contrast is standardised, then the outside is filled. */
export function withGrays(
  { side, samples }: SquareFrame,
  outline: LungHull | undefined,
  { preprocessing: { outsideLungs, contrast } }: Pick<InputSpec, 'preprocessing'>,
): SquareFrame {
  if (outsideLungs === 'kept' && contrast === 'displayed') return { side, samples }
  const inside = outline && insideOf(outline, side)
  const memory = new KernelMemory(kernel)
  const grays = memory.allocate(samples.byteLength)
  const weights = memory.allocate(samples.byteLength)
  const sums = memory.allocate(3 * Float64Array.BYTES_PER_ELEMENT)
  const { buffer } = kernel.memory
  const seen = new Float32Array(buffer, grays, samples.length)
  const counted = new Float32Array(buffer, weights, samples.length)
  seen.set(samples)
  if (inside === undefined) counted.fill(1)
  else counted.set(inside)
  kernel.moments(grays, weights, samples.length, sums)
  const [weight, sum, squares] = new Float64Array(buffer, sums, 3)
  const mean = sum! / weight!
  // At least 1, so that a uniform image does not cause a division by zero.
  const deviation = Math.max(1, Math.sqrt(Math.max(0, squares! / weight! - mean * mean)))
  const [centre, gain] = contrast === 'standardised' ? [standardMean, standardDeviation / deviation] : [mean, 1]
  if (outsideLungs === 'kept') counted.fill(1)
  kernel.spread(grays, weights, samples.length, mean, gain, centre)
  return { side, samples: seen.slice() }
}
