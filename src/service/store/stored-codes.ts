import { z } from 'zod'
import type { ImagePrediction, Prediction } from '../../classify/prediction.ts'
import { isErrorCode } from '../../errors/error-list.ts'
import { unexpected } from '../../errors/triage-error.ts'
import {
  type FlagCode,
  type ProblemCode,
  type SkipCode,
  dropCodes,
  flagCodes,
  refusalCodes,
  skipCodes,
} from '../../errors/reason-codes.ts'

/** Flag codes as spelled up to schema version 7. Part of a released migration, so never edited. */
export const formerFlagCodes = {
  'age-outside-range': 'AGE_OUTSIDE_RANGE',
  'age-unknown': 'AGE_UNKNOWN',
  'view-unknown': 'VIEW_UNKNOWN',
  'body-part-unknown': 'BODY_PART_UNKNOWN',
  'burned-in-annotation': 'BURNED_IN_ANNOTATION',
  'secondary-image': 'SECONDARY_IMAGE',
  'lungs-not-found': 'LUNGS_NOT_FOUND',
} as const satisfies Readonly<Record<string, FlagCode>>

/** Skip codes as spelled up to schema version 7. Part of a released migration, so never edited. */
export const formerSkipCodes = {
  'no-images': 'NO_IMAGES',
  cancelled: 'CANCELLED',
} as const satisfies Readonly<Record<string, SkipCode>>

const flagsByName: ReadonlyMap<string, FlagCode> = new Map([
  ...Object.entries(formerFlagCodes),
  ...flagCodes.map((code) => [code, code] as const),
])
const reasonsByName: ReadonlyMap<string, ProblemCode> = new Map([
  ...Object.entries(formerSkipCodes),
  ...[...refusalCodes, ...skipCodes, ...dropCodes].map((code) => [code, code] as const),
])

/** The current code of a stored flag. A code that only a newer version knows becomes UNRECOGNISED. */
export function readFlagCode(kept: string): FlagCode {
  return flagsByName.get(kept) ?? 'UNRECOGNISED'
}

/** The current code of a stored problem. An unknown code becomes UNEXPECTED; the stored sentence stays. */
function readProblemCode(kept: string): ProblemCode {
  return reasonsByName.get(kept) ?? (isErrorCode(kept) ? kept : unexpected.code)
}

export const flagCode = z.string().transform(readFlagCode)
export const problemCode = z.string().transform(readProblemCode)

/** A stored prediction with current flag codes. No migration rewrites stored results, because they are opaque bytes. */
export function withCurrentFlagCodes(prediction: Prediction): Prediction {
  if (prediction.kind === 'not-analysed') return prediction
  const [first, ...others] = prediction.images
  return { ...prediction, images: [respelled(first), ...others.map(respelled)] }
}

function respelled(image: ImagePrediction): ImagePrediction {
  return { ...image, flags: image.flags.map(({ code, message }) => ({ code: readFlagCode(code), message })) }
}
