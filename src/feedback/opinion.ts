import type { Decision } from '../classify/prediction.ts'

/** What a reader says of pneumonia on a study. */
export type Reading = 'present' | 'absent'

/** How an opinion came to us: pressed on the status page, or read back from the final report in FHIR or as a signed SR. */
export const opinionSources = ['page', 'fhir', 'structured-report'] as const
export type OpinionSource = (typeof opinionSources)[number]

/**
 * A reader on our decision. `reads-present` and `reads-absent` are what a report says where we left it undetermined, which neither agrees
 * nor disagrees. `withdrawn` takes back what was said before.
 */
export const judgements = ['agree', 'disagree', 'reads-present', 'reads-absent', 'withdrawn'] as const
export type Judgement = (typeof judgements)[number]

/** The report that an opinion was read from: a FHIR resource and its version, or an SR and its own UID. */
export interface ReportDocument {
  readonly id: string
  readonly version: string
}

/** An opinion, with what it is about as it stood then: a study that is analysed again keeps what was said of the earlier result. */
export interface Opinion {
  /** Undefined once the study is forgotten: then it only counts. */
  readonly studyInstanceUid: string | undefined
  readonly resultKey: string
  readonly model: { readonly name: string; readonly version: string }
  readonly decision: Decision
  /** Probability of pneumonia, 0–1. */
  readonly pneumonia: number
  readonly judgement: Judgement
  readonly source: OpinionSource
  /** How the one who gave it was known; only Orthanc's own login has names. */
  readonly actor: 'token' | 'session' | 'plugin' | `orthanc:${string}` | 'report'
  /** Undefined for the page. */
  readonly document: ReportDocument | undefined
  readonly at: Date
}

export function judge(decision: Decision, reading: Reading): Judgement {
  if (decision === 'undetermined') return reading === 'present' ? 'reads-present' : 'reads-absent'
  return decision === reading ? 'agree' : 'disagree'
}
