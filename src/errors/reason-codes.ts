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

/** What a reader must know about an analysed image. */
export const flagCodes = [
  'AGE_OUTSIDE_RANGE',
  'AGE_UNKNOWN',
  'VIEW_UNKNOWN',
  'BODY_PART_UNKNOWN',
  'BURNED_IN_ANNOTATION',
  'SECONDARY_IMAGE',
  'LUNGS_NOT_FOUND',
  // Never set, only read: stands for a flag that a later version set. The stored sentence still explains it.
  'UNRECOGNISED',
] as const
export type FlagCode = (typeof flagCodes)[number]

/** Why a study is skipped as a whole. */
export const skipCodes = ['NO_IMAGES', 'CANCELLED', 'DELETED', 'REJECTED'] as const
export type SkipCode = (typeof skipCodes)[number]

/** Why a result is not sent to a target any more, besides `DELETED`. */
export const dropCodes = ['REPLACED', 'SWITCHED_OFF', 'WITHDRAWN'] as const
export type DropCode = (typeof dropCodes)[number]

/** Why a study was skipped or failed: a reason code or an error code. */
export type ProblemCode = RefusalCode | SkipCode | DropCode | ErrorCode
