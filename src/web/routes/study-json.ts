import type { Opinion } from '../../feedback/opinion.ts'
import type { StudyRecord } from '../../service/store/store.ts'

/**
 * A study in the API's JSON.
 * @param opinions the current opinions on its finding
 */
export function studyJson(
  record: StudyRecord,
  opinions: readonly Opinion[],
  logKey: (studyInstanceUid: string) => string,
): Record<string, unknown> {
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
    opinions: opinionsJson(opinions),
  }
}

/** Opinions on a result, without the reports they come from: reports are in the archive and the patient record. */
export function opinionsJson(opinions: readonly Opinion[]): readonly Record<string, unknown>[] {
  return opinions.map(({ source, judgement, at }) => ({ source, judgement, at: at.toISOString() }))
}
