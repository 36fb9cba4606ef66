import type { Box } from '../pixels/radiograph.ts'
import type { SquareFrame } from '../pixels/square-frame.ts'
import type { LungAtlas } from './atlas.ts'
import { boundsOf } from './lung-box.ts'
import { keepLungs } from './lung-components.ts'
import { type LungPrior, lungPrior } from './lung-prior.ts'
import type { LungMask } from './lung-region.ts'
import { type Plane, resizeBilinear } from './plane.ts'
import { prepareImage } from './prepared-image.ts'
import { type TrustFeatures, trustFeatures } from './trust.ts'

/** Lungs as registration found them, whether or not they may be trusted. `bounds` is in samples of the square frame. */
export interface Localisation {
  readonly mask: LungMask
  readonly bounds: Box
  readonly features: TrustFeatures
}

/** Registers the atlas to a radiograph; undefined where the registered prototypes leave no lung at all. */
export function localise(
  frame: SquareFrame,
  atlas: Pick<LungAtlas, 'prototypes' | 'registration'>,
): Localisation | undefined {
  const prior: LungPrior = lungPrior(prepareImage(frame, atlas.registration), atlas.prototypes, atlas.registration)
  const mask = keepLungs(cutAtHalf(resizeBilinear(prior.probability, frame.side)))
  const bounds = boundsOf(mask)
  return bounds && { mask, bounds, features: trustFeatures(prior, mask, bounds) }
}

function cutAtHalf({ side, samples }: Plane): LungMask {
  const cut = new Uint8Array(samples.length)
  for (let i = 0; i < samples.length; i++) cut[i] = samples[i]! >= 0.5 ? 1 : 0
  return { side, samples: cut }
}
