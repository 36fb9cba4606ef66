import type { LungAtlas } from '../../lungs/atlas.ts'
import { keepLungs } from '../../lungs/lung-components.ts'
import { meanOf, retrieve } from '../../lungs/lung-prior.ts'
import type { LungMask } from '../../lungs/lung-region.ts'
import { resizeBilinear } from '../../lungs/plane.ts'
import { prepareImage } from '../../lungs/prepared-image.ts'
import type { SquareFrame } from '../../pixels/square-frame.ts'
import { toMask } from './overlap.ts'

/** The retrieved prototypes' mean lungs, placed without registration: what the registration must beat to earn its cost. */
export function lungBaseline(frame: SquareFrame, atlas: Pick<LungAtlas, 'prototypes' | 'registration'>): LungMask {
  const image = prepareImage(frame, atlas.registration)
  const retrieved = retrieve(image, atlas.prototypes, atlas.registration.retrieved)
  const mean = meanOf(retrieved.map(({ prototype }) => prototype.lungProbability))
  return keepLungs(toMask(resizeBilinear(mean, frame.side)))
}
