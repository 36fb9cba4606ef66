import type { StudyStatus } from '../../src/demo/follow-studies.ts'

export const resultKinds = [
  'Structured Report',
  'picture',
  'other object',
  'ImagingStudy',
  'DiagnosticReport',
  'Observation',
  'Provenance',
  'Patient',
  'Task',
  'priority mark',
] as const

export type ResultKind = (typeof resultKinds)[number]

/** Count of each kind for one study, in archive and record. */
export type Found = Readonly<Record<ResultKind, number>>

/** The outcome of one study. A dead letter may have some results, but never more than one of a kind. */
export interface Verdict {
  readonly missing: readonly ResultKind[]
  readonly doubled: readonly ResultKind[]
  /** The reason for the dead letter. */
  readonly dead?: string
}

/**
 * Every study is eligible for analysis and has one image.
 * @param status undefined if the service has no record of the study
 */
export function judge(status: StudyStatus | undefined, found: Found): Verdict {
  const expected = expectedOf(status)
  const doubled = resultKinds.filter((kind) => found[kind] > expected[kind])
  if (status?.state === 'dead' && status.problem !== undefined)
    return { missing: [], doubled, dead: `${status.problem.code}: ${status.problem.reason}` }
  return { missing: resultKinds.filter((kind) => found[kind] < expected[kind]), doubled }
}

/** Task and priority mark exist for a present finding, and may exist for a dead letter. */
function expectedOf(status: StudyStatus | undefined): Found {
  const urgent = status?.finding?.decision === 'present' || status?.state === 'dead' ? 1 : 0
  return {
    'Structured Report': 1,
    picture: 1,
    'other object': 0,
    ImagingStudy: 1,
    DiagnosticReport: 1,
    Observation: 1,
    Provenance: 1,
    Patient: 1,
    Task: urgent,
    'priority mark': urgent,
  }
}
