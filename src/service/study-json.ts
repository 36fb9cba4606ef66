import type { StudyRecord } from './store.ts'

/** A study as the API tells it. */
export function studyJson(record: StudyRecord, logKey: (studyInstanceUid: string) => string): Record<string, unknown> {
  const { study, progress, finding } = record
  return {
    studyInstanceUid: study.studyInstanceUid,
    orthancId: study.orthancId,
    state: progress.state,
    attempt: 'attempt' in progress ? progress.attempt : undefined,
    retryAt: 'retryAt' in progress ? progress.retryAt.toISOString() : undefined,
    problem: 'problem' in progress ? progress.problem : undefined,
    arrivedAt: record.arrivedAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    logKey: logKey(study.studyInstanceUid),
    finding,
  }
}
