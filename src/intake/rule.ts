import type { RefusalCode } from '../errors/reason-codes.ts'
import type { ImageHeader } from './image-header.ts'
import type { ImageFlag } from './study.ts'

/** Which images are analysed; from the settings' `Eligibility`. */
export interface EligibilityRules {
  readonly minAgeYears: number
  readonly maxAgeYears: number
  readonly outsideAge: 'flag' | 'skip'
  readonly undetermined: 'analyse' | 'skip'
}

/** What one rule says of an image. */
export type Verdict =
  | { readonly kind: 'passes' }
  | { readonly kind: 'flags'; readonly flag: ImageFlag }
  /** The header leaves it open; the settings say what then. `candidate`: people expect an answer if it is refused for that. */
  | { readonly kind: 'open'; readonly candidate: boolean; readonly flag: ImageFlag }
  | { readonly kind: 'refuses'; readonly candidate: boolean; readonly code: RefusalCode; readonly reason: string }

/** One line of the table: looks at the header, knows the settings. */
export type Rule = (header: ImageHeader, rules: EligibilityRules) => Verdict

/** The image is what this rule asks for. */
export const passes: Verdict = { kind: 'passes' }

/** Not an image to answer for: another kind of object, another view, another part of the body. */
export function refuses(code: RefusalCode, reason: string): Verdict {
  return { kind: 'refuses', candidate: false, code, reason }
}
