import type { StudySearch } from './study-search.ts'

/** Studies in the archive that have no report of ours. */
interface PastStudies {
  readonly count: number
  /** Whether all studies were counted; otherwise there are more. */
  readonly isComplete: boolean
}

/** Limits the requests to an archive with many studies. */
const mostStudies = 10_000
const mostReports = 50_000

/**
 * Counts the studies with radiographs that have no report of ours. Undefined if the archive has too many reports.
 * @throws HTTP_*
 */
export async function countPastStudies(search: StudySearch): Promise<PastStudies | undefined> {
  const reports = await search.reportedStudies(mostReports)
  if (!reports.isComplete) return undefined
  const reported = new Set(reports.found)
  const { found, isComplete } = await search.someStudies(mostStudies)
  const count = found.filter(({ studyInstanceUid }) => !reported.has(studyInstanceUid)).length
  return { count, isComplete }
}

/** For the operator; undefined if there is nothing to say. */
export function describePastStudies(past: PastStudies | undefined): string | undefined {
  if (past === undefined || (past.count === 0 && past.isComplete)) return undefined
  const { count, isComplete } = past
  const studies = `${isComplete ? '' : 'At least '}${count} ${count === 1 ? 'study' : 'studies'}`
  const have = count === 1 ? 'has' : 'have'
  return (
    `${studies} with radiographs in the archive ${have} no report of this program. ` +
    'The service takes new studies only; run backfill to analyse these.'
  )
}
