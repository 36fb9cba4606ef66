import { z } from 'zod'
import type { KeptResults } from '../../pipeline.ts'
import type { DicomObject, FhirBundle, OruMessage } from '../../report/result-objects.ts'
import type { BareResults } from './result-encoding.ts'

/** Results in the first three encodings: each kind is a property of the results, not of their `parts`. */
interface FlatResults extends Pick<KeptResults, 'prediction'> {
  readonly results: {
    readonly studyInstanceUid: string
    readonly resultKey: string
    readonly structuredReport: DicomObject
    readonly pictures: readonly { readonly object: DicomObject }[]
    /** From the second encoding on. */
    readonly segmentations?: readonly DicomObject[]
    readonly fhir: FhirBundle
    /** From the third encoding on, if the settings enabled it. */
    readonly hl7?: OruMessage
  }
}

export const flatEncodings: ReadonlySet<string> = new Set([
  'v8-structured-clone/1',
  'v8-structured-clone/2',
  'v8-structured-clone/3',
])

export const flatResults = z.custom<FlatResults>(
  (value) =>
    z
      .object({
        prediction: z.object({ kind: z.enum(['analysed', 'not-analysed']), studyInstanceUid: z.string() }),
        results: z.object({
          resultKey: z.string(),
          structuredReport: z.object({ bytes: z.instanceof(Uint8Array) }),
          pictures: z.array(z.object({ object: z.object({ bytes: z.instanceof(Uint8Array) }) })),
          fhir: z.object({ resourceType: z.literal('Bundle') }),
          hl7: z.object({ controlId: z.string(), bytes: z.instanceof(Uint8Array) }).optional(),
        }),
      })
      .safeParse(value).success,
)

/** Converts the results to the current form. */
export function fromFlat({ prediction, results }: FlatResults): BareResults {
  const { studyInstanceUid, resultKey, structuredReport, pictures, segmentations = [], fhir, hl7 } = results
  const parts = {
    structuredReport: [structuredReport],
    pictures: pictures.map(({ object }) => object),
    segmentations,
    fhir,
    ...(hl7 && { hl7 }),
  }
  return { prediction, results: { studyInstanceUid, resultKey, parts }, pagePictureCount: pictures.length }
}
