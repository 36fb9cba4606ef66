import type { RefusalCode } from '../errors/reason-codes.ts'
import type { ImageHeader } from './image-header.ts'
import type { ImageFlag } from './study.ts'

/** Which images are analysed, from the `Eligibility` settings. */
export interface EligibilityRules {
  readonly minAgeYears: number
  readonly maxAgeYears: number
  readonly outsideAge: 'flag' | 'skip'
  readonly undetermined: 'analyse' | 'skip'
}

/** The verdict of one rule on an image. */
export type Verdict =
  | { readonly kind: 'passes' }
  | { readonly kind: 'flags'; readonly flag: ImageFlag }
  /** The header does not decide, so the settings do. `candidate`: readers expect a result, so a refusal is reported. */
  | { readonly kind: 'open'; readonly candidate: boolean; readonly flag: ImageFlag }
  | { readonly kind: 'refuses'; readonly candidate: boolean; readonly code: RefusalCode; readonly reason: string }

/** One row of the table: decides from the header and the settings. */
export type Rule = (header: ImageHeader, rules: EligibilityRules) => Verdict

/** The image meets this rule. */
export const passes: Verdict = { kind: 'passes' }

/** Refuses an image that nobody expects a result for, because of its object type, view or body part. */
export function refuses(code: RefusalCode, reason: string): Verdict {
  return { kind: 'refuses', candidate: false, code, reason }
}
