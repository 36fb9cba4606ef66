import type { TriageError } from '../../errors/triage-error.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { StudyOutcome } from '../../pipeline.ts'

/** Receives a worker's reports on its studies. A report is durable when the call returns. */
export interface WorkReporter {
  /** `attempt` counts from 1. */
  started(study: StudyRef, attempt: number): Promise<void> | void
  ended(study: StudyRef, outcome: StudyOutcome): Promise<void> | void
  retrying(study: StudyRef, attempt: number, due: Date, error: TriageError): Promise<void> | void
  dead(study: StudyRef, attempt: number, error: TriageError): Promise<void> | void
  /** The study was returned to the queue; the attempt does not count. */
  waiting(study: StudyRef): Promise<void> | void
}
