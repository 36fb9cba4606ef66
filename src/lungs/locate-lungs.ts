import type { SquareFrame } from '../pixels/square-frame.ts'
import { type Localisation, localise } from './localise.ts'
import { toSourceBox } from './lung-box.ts'
import type { GatedLocaliser } from './lung-localiser.ts'
import type { LungRegion } from './lung-region.ts'
import { mistakes } from './mistaken-frame.ts'
import { type TrustFeatureName, qualityOf, weakestFeature } from './trust.ts'

const reasons: Readonly<Record<TrustFeatureName, string>> = {
  agreement: 'the registered atlases disagree on their position',
  certainty: 'their boundaries are too uncertain',
  steadiness: 'their extent is too uncertain',
  residual: 'the image does not resemble the chest radiographs of the atlas',
  resemblance: 'the contrast within the chest differs from the chest radiographs of the atlas',
  dissimilarity: 'the gray levels are not distributed as in a frontal chest radiograph',
  bending: 'the atlases fit only after too much deformation',
  area: 'the area found is implausible for lungs',
  aspect: 'the outline found is too wide or too narrow for lungs',
  balance: 'one lung found is much larger than the other',
}

/**
 * Finds the lungs by anatomical atlases (Candemir et al. 2014, with the masks of children, heart shadow included).
 * @param frame the whole radiograph as a square frame of the atlas's side
 * @param source size of the radiograph in pixels; the box is in these
 * @returns the box with a small margin if the localisation is trusted, else the whole image with a warning
 * @throws TriageError LUNGS_FRAME_SIDE
 */
export function locateLungs(
  frame: SquareFrame,
  source: { readonly width: number; readonly height: number },
  localiser: GatedLocaliser,
): LungRegion {
  const localisation = localise(frame, localiser)
  const quality = localisation === undefined ? 0 : qualityOf(localisation.features, localiser.gate)
  if (localisation !== undefined && quality >= localiser.gate.leastQuality) {
    const { bounds, mask } = localisation
    return { kind: 'found', box: toSourceBox(bounds, frame.side, source), quality, mask }
  }
  return {
    kind: 'whole-frame',
    box: { x: 0, y: 0, width: source.width, height: source.height },
    quality,
    warning: `The whole image was analysed because the lungs were not located reliably: ${reasonFor(frame, localisation, localiser)}.`,
  }
}

/**
 * Why a localisation is not trusted: a mistake in how the image was stored, if undoing that mistake helps; otherwise
 * the worst feature.
 */
function reasonFor(frame: SquareFrame, localisation: Localisation | undefined, localiser: GatedLocaliser): string {
  const mistake = mistakes.find(({ undo }) => isTrusted(localise(undo(frame), localiser), localiser))
  if (mistake !== undefined) return mistake.reason
  return localisation === undefined
    ? 'the atlas registration found no lung area'
    : reasons[weakestFeature(localisation.features, localiser.gate)]
}

function isTrusted(localisation: Localisation | undefined, { gate }: GatedLocaliser): boolean {
  return localisation !== undefined && qualityOf(localisation.features, gate) >= gate.leastQuality
}
