import type { LungAtlas } from '../../lungs/atlas/atlas.ts'
import { type DataTerm, packDataTerm, unpackDataTerm } from '../../lungs/data-term.ts'
import type { CutSettings } from '../../lungs/graph-cut.ts'
import { type LungLocaliser, openLocaliser } from '../../lungs/lung-localiser.ts'
import type { RegistrationSettings } from '../../lungs/prepared-image.ts'
import { type TrainedPrototype, asAtlasPrototypes } from './prototypes.ts'

/** The trained parameters of a localiser as plain values, for passing between threads and writing to files. */
export interface TrainedLocaliser {
  readonly prototypes: readonly TrainedPrototype[]
  readonly registration: RegistrationSettings
  readonly dataTerm: { readonly hidden: number; readonly values: Float32Array }
  readonly cut: CutSettings
}

/** Prepares a trained localiser for use. */
export function openTrainedLocaliser({ prototypes, registration, dataTerm, cut }: TrainedLocaliser): LungLocaliser {
  return openLocaliser({
    prototypes: asAtlasPrototypes(prototypes, registration),
    registration,
    dataTerm: unpackDataTerm(dataTerm.values, dataTerm.hidden),
    cut,
  })
}

export function toPlainDataTerm(dataTerm: DataTerm): TrainedLocaliser['dataTerm'] {
  return { hidden: dataTerm.hidden, values: packDataTerm(dataTerm) }
}

/** Converts an atlas that was read for serving; rounding gives the stored bytes again. */
export function toTrainedLocaliser({ prototypes, registration, dataTerm, cut }: LungAtlas): TrainedLocaliser {
  return {
    prototypes: prototypes.map(({ children, appearance, lungProbability }) => ({
      children,
      images: children,
      appearance: Uint8Array.from(appearance.samples),
      lungProbability: Uint8Array.from(lungProbability.samples, (share) => Math.round(255 * share)),
    })),
    registration,
    dataTerm: toPlainDataTerm(dataTerm),
    cut,
  }
}
