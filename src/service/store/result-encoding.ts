import { deserialize, serialize } from 'node:v8'
import { z } from 'zod'
import type { KeptResults } from '../../pipeline.ts'
import { resultKinds, resultNames } from '../../report/result-kinds.ts'
import type { Medium } from '../../report/result-objects.ts'
import { stateDamaged, stateUnreadable } from './errors.ts'
import { flatEncodings, flatResults, fromFlat } from './flat-results.ts'
import { withCurrentFlagCodes } from './stored-codes.ts'

/** Stored results without the JPEG files of the pages, which have their own rows so that a page can read one alone. */
export interface BareResults extends Pick<KeptResults, 'prediction'> {
  readonly results: Omit<KeptResults['results'], 'pagePictures'>
  readonly pagePictureCount: number
}

/**
 * The structured clone format of V8. It preserves typed arrays and undefined, and every later V8 reads it. A change of
 * the stored types needs a new name here; a new kind of result does not.
 */
export const resultEncoding = 'v8-structured-clone/4'

const bytes = z.instanceof(Uint8Array)
const contentSchemas: { readonly [M in Medium]: z.ZodType } = {
  dicom: z.array(z.object({ sopInstanceUid: z.string(), seriesInstanceUid: z.string(), bytes })),
  fhir: z.object({ resourceType: z.literal('Bundle') }),
  hl7: z.object({ controlId: z.string(), bytes }),
}
const partSchemas = new Map<string, z.ZodType>(
  resultNames.map((name) => [name, contentSchemas[resultKinds[name].medium].optional()]),
)

// Writing is type-checked. Reading only checks that the bytes are results.
const bareResults = z.custom<BareResults>(
  (value) =>
    z
      .object({
        prediction: z.object({ kind: z.enum(['analysed', 'not-analysed']), studyInstanceUid: z.string() }),
        results: z.object({ resultKey: z.string(), parts: z.object(Object.fromEntries(partSchemas)) }),
        pagePictureCount: z.number(),
      })
      .safeParse(value).success,
)
const flatAsBare = flatResults.transform(fromFlat)

export function encodeResults({ prediction, results }: KeptResults): Uint8Array {
  const { pagePictures, ...others } = results
  const bare: BareResults = { prediction, results: others, pagePictureCount: pagePictures.length }
  return serialize(bare)
}

/** @throws SERVICE_STATE_UNREADABLE for an unknown encoding, SERVICE_STATE_DAMAGED for incomplete results */
export function decodeResults(
  encoding: string,
  encoded: Uint8Array,
  pagePictures: readonly Uint8Array<ArrayBuffer>[],
): KeptResults {
  const decoded = schemaOf(encoding).safeParse(deserialize(encoded))
  if (!decoded.success || decoded.data.pagePictureCount !== pagePictures.length) {
    throw stateDamaged('stored results are incomplete')
  }
  const { prediction, results } = decoded.data
  return { prediction: withCurrentFlagCodes(prediction), results: { ...results, pagePictures } }
}

function schemaOf(encoding: string): z.ZodType<BareResults> {
  if (encoding === resultEncoding) return bareResults
  if (flatEncodings.has(encoding)) return flatAsBare
  throw stateUnreadable(`results encoded as ${encoding}`)
}
