import type { Decision } from '../classify/prediction.ts'

/** A reader's statement about pneumonia on a study. */
export type Reading = 'present' | 'absent'

/** Source of an opinion: the status page, the final report in FHIR, or a signed SR. */
export const opinionSources = ['page', 'fhir', 'structured-report'] as const
export type OpinionSource = (typeof opinionSources)[number]

/**
 * A reader's judgement of our decision. If we left it undetermined, a report is `reads-present` or `reads-absent`,
 * which neither agrees nor disagrees. `withdrawn` cancels the earlier opinion.
 */
export const judgements = ['agree', 'disagree', 'reads-present', 'reads-absent', 'withdrawn'] as const
export type Judgement = (typeof judgements)[number]

/** The source report of an opinion: a FHIR resource and its version, or an SR and its UID. */
export interface ReportDocument {
  readonly id: string
  readonly version: string
}

/**
 * An opinion and the result it judges, as that result was at the time. After a new analysis of the study, opinions on
 * the earlier result remain.
 */
export interface Opinion {
  /** Undefined after the study was forgotten. The opinion is still counted. */
  readonly studyInstanceUid: string | undefined
  readonly resultKey: string
  readonly model: { readonly name: string; readonly version: string }
  readonly decision: Decision
  /** Probability of pneumonia, 0–1. */
  readonly pneumonia: number
  readonly judgement: Judgement
  readonly source: OpinionSource
  /** How its author was authenticated. Only Orthanc's own login has names. */
  readonly actor: 'token' | 'session' | 'plugin' | `orthanc:${string}` | 'report'
  /** Undefined for the page. */
  readonly document: ReportDocument | undefined
  readonly at: Date
}

export function judge(decision: Decision, reading: Reading): Judgement {
  if (decision === 'undetermined') return reading === 'present' ? 'reads-present' : 'reads-absent'
  return decision === reading ? 'agree' : 'disagree'
}
