import type { PrototypeRegistration } from '../../lungs/lung-localiser.ts'
import { retrieve } from '../../lungs/lung-prior.ts'
import type { LungMask } from '../../lungs/lung-region.ts'
import { resizeBilinear } from '../../lungs/plane.ts'
import { prepareImage } from '../../lungs/prepared-image.ts'
import type { SquareFrame } from '../../pixels/square-frame.ts'
import { toMask } from '../statistics/overlap.ts'

// Baselines: registration and graph cut must beat these to justify their cost.

/** The lungs of the most similar prototype, without registration. */
export function bestPrototypeUnregistered(
  frame: SquareFrame,
  { prototypes, registration }: Pick<PrototypeRegistration, 'prototypes' | 'registration'>,
): LungMask {
  const [best] = retrieve(prepareImage(frame, registration), prototypes, 1)
  return toMask(resizeBilinear(best!.prototype.lungProbability, frame.side))
}

/** The mean of the drawn masks, thresholded at one half. */
export function meanMask(drawn: Iterable<SquareFrame>): LungMask {
  let sum: Float64Array | undefined
  let count = 0
  let side = 0
  for (const lungs of drawn) {
    side = lungs.side
    sum ??= new Float64Array(side * side)
    for (let i = 0; i < sum.length; i++) sum[i]! += lungs.samples[i]!
    count++
  }
  return toMask({ side, samples: Float32Array.from(sum ?? [], (total) => total / count) })
}
