import { isAborted, pause } from '../../background.ts'
import { type ReaderReport, type StudyIdentity, readerReport, studyIdentity } from '../../feedback/fhir-report.ts'
import type { FhirReports } from '../../intake/fhir-reports.ts'
import type { Feedback } from './feedback.ts'
import type { Log } from '../../log.ts'
import type { FeedPositions, StudyLedger } from '../store/store.ts'

interface FhirReadBackOptions {
  readonly reports: FhirReports
  readonly positions: FeedPositions
  readonly studies: StudyLedger
  readonly feedback: Feedback
  /** System of this hospital's accession numbers. */
  readonly accessionSystem: string
  readonly log: Log
  /** Reports per request. */
  readonly pageSize?: number
}

const positionName = 'fhir-reports'

/**
 * A report may become visible some time after its lastUpdated, so each poll reaches back this far before the last one.
 */
const overlapMs = 5 * 60_000

/**
 * Polls the reports until the signal is aborted. A failure is logged, and the next poll tries again.
 * @param from start of the first poll; no stored study is older
 */
export async function followFhirReports(
  options: FhirReadBackOptions,
  pollMinutes: number,
  from: Date,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await lookAtReports(options, from, signal)
    } catch (error) {
      if (isAborted(signal)) return
      options.log.failure('feedback.failed', error, { source: 'fhir' })
    }
    await pause(pollMinutes * 60_000, signal)
  }
}

/** One poll: reads all reports that changed since the last one. The position moves after each page. */
export async function lookAtReports(options: FhirReadBackOptions, from: Date, signal: AbortSignal): Promise<void> {
  const { reports, positions, log } = options
  const position = positions.position(positionName)
  let since = position === undefined ? from : new Date(position - overlapMs)
  let limit = options.pageSize ?? 100
  let count = 0
  for (;;) {
    const page = await reports.changedSince(since, limit, { signal })
    for (const resource of page.reports) if (await takeIn(resource, options, signal)) count++
    if (page.lastUpdated !== undefined) {
      positions.moveTo(positionName, Math.max(page.lastUpdated.getTime(), positions.position(positionName) ?? 0))
    }
    if (!page.more || page.lastUpdated === undefined) break
    const { since: next, limit: larger } = nextPage(since, page.lastUpdated, limit)
    if (next.getTime() > page.lastUpdated.getTime()) log.warn('feedback.failed', { source: 'fhir', reason: tooMany })
    since = next
    limit = larger
  }
  if (count > 0) log.info('feedback.read', { source: 'fhir', count })
}

const largestPage = 10_000
const tooMany = `More than ${largestPage} reports have the same lastUpdated time; the rest were skipped.`

/**
 * If all reports on a page have the same time, the page size doubles. If even the largest page is full, the remaining
 * reports with that time are skipped.
 */
function nextPage(since: Date, lastUpdated: Date, limit: number): { since: Date; limit: number } {
  if (lastUpdated.getTime() > since.getTime()) return { since: lastUpdated, limit }
  if (limit < largestPage) return { since, limit: limit * 2 }
  return { since: new Date(lastUpdated.getTime() + 1), limit }
}

/** @returns whether it is a new opinion */
async function takeIn(
  resource: unknown,
  { reports, studies, feedback, accessionSystem }: FhirReadBackOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const report = readerReport(resource, accessionSystem)
  if (report === undefined) return false
  const identity = await identify(report, (reference) => reports.resource(reference, { signal }), accessionSystem)
  const studyInstanceUid = studyOf(identity, studies)
  if (studyInstanceUid === undefined) return false
  return feedback.fromReport({ studyInstanceUid, reading: report.reading, source: 'fhir', document: report.document })
}

/** Reads the report's references only if the report itself does not identify its study. */
async function identify(
  report: ReaderReport,
  read: (reference: string) => Promise<unknown>,
  accessionSystem: string,
): Promise<StudyIdentity> {
  if (report.studyInstanceUids.length > 0) return report
  const further: StudyIdentity[] = [report]
  for (const reference of report.references) further.push(studyIdentity(await read(reference), accessionSystem))
  return {
    studyInstanceUids: [...new Set(further.flatMap((one) => one.studyInstanceUids))],
    accessionNumbers: [...new Set(further.flatMap((one) => one.accessionNumbers))],
  }
}

/**
 * The known study that the report is about; undefined if there is none or if several match. The accession number is
 * used only if the report has no Study Instance UID.
 */
function studyOf({ studyInstanceUids, accessionNumbers }: StudyIdentity, studies: StudyLedger): string | undefined {
  const candidates =
    studyInstanceUids.length > 0
      ? studyInstanceUids.filter((uid) => studies.get(uid) !== undefined)
      : accessionNumbers.flatMap((number) => studies.withAccession(number).map(({ study }) => study.studyInstanceUid))
  const [only, ...others] = new Set(candidates)
  return others.length === 0 ? only : undefined
}
