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

/** How many of each kind were found for one study, in the archive and in the record. */
export type Found = Readonly<Record<ResultKind, number>>

/** What became of one study. A dead letter may have some of its results; never more than one of a kind. */
export interface Verdict {
  readonly missing: readonly ResultKind[]
  readonly doubled: readonly ResultKind[]
  /** Why it is a dead letter. */
  readonly dead?: string
}

/**
 * Each study was made to be analysed, and has one image.
 * @param status undefined where the service has never heard of it
 */
export function judge(status: StudyStatus | undefined, found: Found): Verdict {
  const expected = expectedOf(status)
  const doubled = resultKinds.filter((kind) => found[kind] > expected[kind])
  if (status?.state === 'dead' && status.problem !== undefined)
    return { missing: [], doubled, dead: `${status.problem.code}: ${status.problem.reason}` }
  return { missing: resultKinds.filter((kind) => found[kind] < expected[kind]), doubled }
}

/** What asks for somebody's haste is written only where the finding is present. */
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
