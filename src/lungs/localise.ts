import type { Box } from '../pixels/radiograph.ts'
import type { SquareFrame } from '../pixels/square-frame.ts'
import { lungProbability } from './data-term.ts'
import { cutLungs } from './graph-cut.ts'
import { boundsOf } from './lung-box.ts'
import { refineMask, separateLungs } from './lung-components.ts'
import type { LungLocaliser } from './lung-localiser.ts'
import { type LungPrior, lungPrior } from './lung-prior.ts'
import type { LungMask } from './lung-region.ts'
import { prepareImage } from './prepared-image.ts'
import { type TrustFeatures, trustFeatures } from './trust.ts'

/** The lungs found, trusted or not. `bounds` is in samples of the square frame. */
export interface Localisation {
  readonly mask: LungMask
  readonly bounds: Box
  readonly features: TrustFeatures
}

/**
 * All steps of Candemir 2014: retrieve and register prototypes, warp their lungs to a prior, combine it with the
 * radiograph, cut, keep two lungs. Undefined if no lung is left.
 * @throws TriageError LUNGS_FRAME_SIDE
 */
export function localise(frame: SquareFrame, localiser: LungLocaliser): Localisation | undefined {
  return cutOutLungs(lungPrior(prepareImage(frame, localiser.registration), localiser), localiser, frame.side)
}

/** The second half: from the registered prior to the lungs in a square frame of side `frameSide`. */
export function cutOutLungs(
  prior: LungPrior,
  { dataTerm, cut }: Pick<LungLocaliser, 'dataTerm' | 'cut'>,
  frameSide: number,
): Localisation | undefined {
  const probability = lungProbability(dataTerm, prior)
  const lungs = separateLungs(cutLungs(probability, prior.seen, cut), prior.fromMidline)
  const mask = refineMask(lungs, probability, frameSide)
  const bounds = boundsOf(mask)
  return bounds && { mask, bounds, features: trustFeatures({ prior, probability, mask, bounds }) }
}
