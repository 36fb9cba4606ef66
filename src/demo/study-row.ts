import type { StudyStatus } from './follow-studies.ts'
import type { DemoStudy } from './sources.ts'
import { type WrittenResults, problemOf } from './written-results.ts'

/** The outcome of one study: a row of the demo's table and a line of its JSON. */
export interface StudyRow {
  readonly study: string
  readonly studyInstanceUid: string
  readonly status: 'analysed' | 'not-analysed' | 'skipped' | 'failed'
  readonly decision: string | null
  /** Probability of pneumonia, 0–1; null if not analysed. */
  readonly pneumonia: number | null
  readonly reason: string | null
  /** Relative to the archive's DICOMweb root, as are the pictures. */
  readonly structuredReport: string | null
  readonly pictures: readonly string[]
  /** Relative to the service's `/fhir`. */
  readonly diagnosticReport: string | null
  readonly ms: Readonly<Record<string, number>>
  readonly totalMs: number
  /** Why this study makes the demo fail; null if it does not. */
  readonly problem: string | null
}

const nothingWritten: WrittenResults = { structuredReports: [], pictures: [], others: [], diagnosticReports: [] }

/** @param written results found in archive and FHIR; omitted if none are expected */
export function studyRow(study: DemoStudy, status: StudyStatus, written: WrittenResults = nothingWritten): StudyRow {
  return {
    study: study.name,
    studyInstanceUid: study.studyInstanceUid,
    status: statusOf(status),
    reason: status.problem?.reason ?? status.finding?.notAnalysed[0]?.reason ?? null,
    ...numbersOf(status.finding),
    structuredReport: written.structuredReports[0] ?? null,
    pictures: written.pictures,
    diagnosticReport: written.diagnosticReports[0] ?? null,
    problem: rowProblem(study, status, written) ?? null,
  }
}

function numbersOf(finding: StudyStatus['finding']): Pick<StudyRow, 'decision' | 'pneumonia' | 'ms' | 'totalMs'> {
  const ms = finding?.ms ?? {}
  return {
    decision: finding?.decision ?? null,
    pneumonia: finding?.probabilities?.pneumonia ?? null,
    ms,
    totalMs: Math.round(Object.values(ms).reduce((sum, step) => sum + step, 0)),
  }
}

function statusOf({ state, finding }: StudyStatus): StudyRow['status'] {
  if (state === 'done' && finding !== undefined) return finding.kind
  return state === 'skipped' ? 'skipped' : 'failed'
}

/** Every eligible study must have its results, and a study made for analysis is eligible. */
function rowProblem(study: DemoStudy, status: StudyStatus, written: WrittenResults): string | undefined {
  const outcome = statusOf(status)
  if (outcome === 'failed') return status.problem?.reason ?? 'the service gave up on it'
  if (study.madeForAnalysis && outcome !== 'analysed') return 'was not analysed'
  if (outcome === 'skipped') return undefined
  return problemOf(written, study.madeForAnalysis ? study.files.length : (status.finding?.pictureCount ?? 0))
}

const countWidth = 5
const nameWidth = 30

export const tableHead = [
  ' '.repeat(countWidth),
  'study'.padEnd(nameWidth),
  'decision'.padEnd(13),
  'pneumonia',
  'written to'.padEnd(67),
  'ms'.padStart(6),
].join('  ')

/**
 * The row as text.
 * @param count progress, for example `3/12`
 */
export function rowText(row: StudyRow, count: string): string {
  const probability = row.pneumonia === null ? '-' : `${(row.pneumonia * 100).toFixed(1)} %`
  return [
    count.padStart(countWidth),
    row.study.slice(0, nameWidth).padEnd(nameWidth),
    (row.decision ?? row.status).padEnd(13),
    probability.padStart(9),
    (row.problem === null ? whereWritten(row) : `PROBLEM: ${row.problem}`).padEnd(67),
    String(row.totalMs).padStart(6),
  ].join('  ')
}

function whereWritten({ structuredReport, pictures, diagnosticReport, reason }: StudyRow): string {
  if (structuredReport === null) return `nothing (${reason ?? 'not a chest radiograph'})`
  const picture = pictures.length === 1 ? 'picture' : `${pictures.length} pictures`
  return `Orthanc: SR, ${picture}; /fhir/${diagnosticReport ?? ''}`
}
