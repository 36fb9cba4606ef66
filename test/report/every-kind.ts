import type { ResultName } from '../../src/report/result-kinds.ts'
import { hl7Receiver } from './report-options.ts'

/** Settings with every kind of result and every delivery target enabled. */
export const everythingOn = { Results: { Segmentation: true, SendTo: ['pacs'] }, Hl7: hl7Receiver }

/** Properties of each kind of result. */
export interface KnownKind {
  /** Settings with everything enabled except this kind. */
  readonly off: Readonly<Record<string, unknown>>
  /** Names of its files for one image, in alphabetical order. */
  readonly files: readonly string[]
}

export const everyKind: { readonly [Name in ResultName]: KnownKind } = {
  structuredReport: { off: withResults({ StructuredReport: false }), files: ['sr.dcm'] },
  pictures: { off: withResults({ SecondaryCapture: false }), files: ['overlay.png', 'sc.dcm'] },
  segmentations: { off: withResults({ Segmentation: false }), files: ['seg.dcm'] },
  fhir: { off: withResults({ Fhir: false }), files: ['fhir.json'] },
  hl7: { off: { Results: everythingOn.Results }, files: ['oru.hl7'] },
}

/** Everything enabled, except these settings in `Results`. */
export function withResults(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...everythingOn, Results: { ...everythingOn.Results, ...settings } }
}
