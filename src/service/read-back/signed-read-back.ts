import { type SignedReport, signedReport } from '../../feedback/signed-report.ts'
import type { StudyArrival } from '../../intake/feed/change-feed.ts'
import type { OrthancReports } from '../../intake/orthanc-reports.ts'
import { parseDicomFile } from '../../dicom/dicom-file.ts'
import type { Feedback } from './feedback.ts'
import type { Log } from '../../log.ts'
import type { ResultStore } from '../store/store.ts'

interface SignedReadBackOptions {
  readonly reports: OrthancReports
  readonly results: ResultStore
  readonly feedback: Feedback
  readonly log: Log
}

/**
 * Reads the Structured Reports of a study that are not ours, whenever the study stops growing. Never throws, because an
 * unreadable report must not block the intake of studies. The reports are read again when the study returns.
 */
export async function readSignedReports(
  { study, series }: StudyArrival,
  { reports, results, feedback, log }: SignedReadBackOptions,
): Promise<void> {
  const { studyInstanceUid } = study
  const own = results.ownSeries(studyInstanceUid)
  const hasOthers = series.some(({ modality, seriesInstanceUid }) => modality === 'SR' && !own.has(seriesInstanceUid))
  if (!hasOthers) return
  try {
    const files = await reports.structuredReports(study, own)
    const signed = files.flatMap((file) => readOrLog(file, studyInstanceUid, log))
    // The report that was verified last counts, regardless of the order of arrival.
    const last = signed.sort(byMoment).at(-1)
    if (last === undefined) return
    const { document, reading } = last
    feedback.fromReport({ studyInstanceUid, reading, source: 'structured-report', document })
  } catch (error) {
    log.failure('feedback.failed', error, { studyInstanceUid, source: 'structured-report' })
  }
}

/** A damaged report does not prevent reading the others. */
function readOrLog(file: Uint8Array<ArrayBuffer>, studyInstanceUid: string, log: Log): SignedReport[] {
  try {
    const report = signedReport(parseDicomFile(file).dataset)
    return report === undefined ? [] : [report]
  } catch (error) {
    log.failure('feedback.failed', error, { studyInstanceUid, source: 'structured-report' })
    return []
  }
}

function byMoment(one: SignedReport, other: SignedReport): number {
  return one.moment < other.moment ? -1 : Number(one.moment > other.moment)
}
