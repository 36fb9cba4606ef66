import type { StudyStatus } from '../../src/demo/follow-studies.ts'
import type { ChaosStudy } from './chaos-studies.ts'

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
  'HL7 message',
  'priority mark',
] as const

export type ResultKind = (typeof resultKinds)[number]

/** Count of each kind for one study, in archive and record. */
export type Found = Readonly<Record<ResultKind, number>>

/** The outcome of one study. */
export interface Verdict {
  readonly missing: readonly ResultKind[]
  readonly doubled: readonly ResultKind[]
  /** Dead letters of the study or of a delivery, and results that were not delivered. */
  readonly undone: readonly string[]
}

type Asked = Pick<ChaosStudy, 'story' | 'sopInstanceUids'>

/**
 * Every study is eligible for analysis, and everything fails only for a time. So every study has its results, and only
 * one that was deleted may be a dead letter.
 * @param status undefined if the service has no record of the study
 */
export function judge(study: Asked, status: StudyStatus | undefined, found: Found): Verdict {
  const expected = expectedOf(study, status)
  return {
    missing: resultKinds.filter((kind) => found[kind] < expected[kind][0]),
    doubled: resultKinds.filter((kind) => found[kind] > expected[kind][1]),
    undone: study.story === 'deleted' ? [] : undoneOf(status),
  }
}

function undoneOf(status: StudyStatus | undefined): readonly string[] {
  if (status === undefined) return ['the service does not know the study']
  const { state, problem, deliveries } = status
  return [
    ...(state === 'done' ? [] : [`${state}: ${problem?.code}: ${problem?.reason}`]),
    ...deliveries
      .filter((one) => one.state !== 'done')
      .map((one) => `${one.state} at ${one.target}: ${one.problem?.code}: ${one.problem?.reason}`),
  ]
}

type Expected = Readonly<Record<ResultKind, readonly [least: number, most: number]>>

/** A study that grew may have an earlier result, too. Task and priority mark exist for a present finding. */
function expectedOf({ story, sopInstanceUids: { length: images } }: Asked, status: StudyStatus | undefined): Expected {
  const results = images
  const urgent = status?.finding?.decision === 'present' ? 1 : 0
  const mayBeUrgent = images > 1 ? 1 : urgent
  const expected: Expected = {
    'Structured Report': [1, results],
    picture: [images, images * results],
    'other object': [0, 0],
    ImagingStudy: [1, 1],
    DiagnosticReport: [1, results],
    Observation: [images, images * results],
    Provenance: [1, results],
    Patient: [1, 1],
    Task: [urgent, mayBeUrgent * results],
    'HL7 message': [1, results],
    'priority mark': [urgent, mayBeUrgent],
  }
  return story === 'deleted' ? ofDeleted(expected) : expected
}

const inArchive: ReadonlySet<ResultKind> = new Set(['Structured Report', 'picture', 'other object', 'priority mark'])

/** Nothing in the archive. The record may have been told before. */
function ofDeleted(expected: Expected): Expected {
  return Object.fromEntries(
    resultKinds.map((kind) => [kind, [0, inArchive.has(kind) ? 0 : expected[kind][1]]]),
  ) as unknown as Expected
}
