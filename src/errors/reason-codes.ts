import type { ErrorCode } from './error-list.ts'

/** Why an image is not analysed. */
export const refusalCodes = [
  'NOT_RADIOGRAPHY',
  'NOT_RADIOGRAPH_SOP_CLASS',
  'FOR_PROCESSING',
  'MULTI_FRAME',
  'ENHANCED_COPY',
  'SECONDARY_IMAGE',
  'NOT_CHEST',
  'NOT_FRONTAL',
  'AGE_OUTSIDE_RANGE',
  'UNDETERMINED',
] as const
export type RefusalCode = (typeof refusalCodes)[number]

/** What a reader must know about an image that is analysed. */
export const flagCodes = [
  'AGE_OUTSIDE_RANGE',
  'AGE_UNKNOWN',
  'VIEW_UNKNOWN',
  'BODY_PART_UNKNOWN',
  'BURNED_IN_ANNOTATION',
  'SECONDARY_IMAGE',
  'LUNGS_NOT_FOUND',
  // Only read, never set: the flag of a later version, whose sentence still says what it means.
  'UNRECOGNISED',
] as const
export type FlagCode = (typeof flagCodes)[number]

/** Why a study is skipped as a whole. */
export const skipCodes = ['NO_IMAGES', 'CANCELLED'] as const
export type SkipCode = (typeof skipCodes)[number]

/** Why a study stands where it stands: a reason to leave it out, or the error that it failed with. */
export type ProblemCode = RefusalCode | SkipCode | ErrorCode
