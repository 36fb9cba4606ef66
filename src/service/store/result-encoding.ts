import { deserialize, serialize } from 'node:v8'
import { z } from 'zod'
import type { KeptResults } from '../../pipeline.ts'
import { stateUnreadable } from '../errors.ts'

type Pictures = KeptResults['results']['pictures']
type BarePicture = Omit<Pictures[number], 'jpeg'>

/** Kept results without the pictures' JPEG files, which are stored beside them so that a page can read one alone. */
type BareResults = Pick<KeptResults, 'prediction'> & {
  readonly results: Omit<KeptResults['results'], 'pictures' | 'segmentations'> & {
    readonly pictures: readonly BarePicture[]
    /** Absent in the first encoding; before the third there was no HL7 message. */
    readonly segmentations?: KeptResults['results']['segmentations']
  }
}

/**
 * The structured clone format of V8: typed arrays and undefined survive it, and every later V8 reads it. A change in the types
 * that are kept needs a new name here.
 */
export const resultEncoding = 'v8-structured-clone/3'

const readableEncodings = new Set([resultEncoding, 'v8-structured-clone/1', 'v8-structured-clone/2'])

// What was written is typed; reading checks that it is that, and not another row's bytes.
const bareResults = z.custom<BareResults>(
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

export function encodeResults({ prediction, results }: KeptResults): Uint8Array {
  const bare: BareResults = {
    prediction,
    results: { ...results, pictures: results.pictures.map(({ object }) => ({ object })) },
  }
  return serialize(bare)
}

/** @throws SERVICE_STATE_UNREADABLE when the bytes are of another encoding */
export function decodeResults(
  encoding: string,
  encoded: Uint8Array,
  jpegs: readonly Uint8Array<ArrayBuffer>[],
): KeptResults {
  if (!readableEncodings.has(encoding)) throw stateUnreadable(`results encoded as ${encoding}`)
  const decoded = bareResults.safeParse(deserialize(encoded))
  if (!decoded.success || decoded.data.results.pictures.length !== jpegs.length) {
    throw stateUnreadable('results that are not whole')
  }
  const { prediction, results } = decoded.data
  return {
    prediction,
    results: {
      ...results,
      pictures: results.pictures.map((picture, index) => ({ ...picture, jpeg: jpegs[index]! })),
      segmentations: results.segmentations ?? [],
    },
  }
}
