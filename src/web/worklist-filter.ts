import { z } from 'zod'
import { decisions } from '../classify/prediction.ts'
import { type JobState, jobStates } from '../service/queue/job-states.ts'
import type { StudyRecord } from '../service/store/store.ts'

/** What the worklist is narrowed down to; undefined is anything. */
export interface WorklistFilter {
  readonly decision: FilteredDecision | undefined
  readonly state: JobState | undefined
  /** Part of an accession number, or the end of a Study Instance UID; empty is anything. */
  readonly search: string
}

export const filteredDecisions = [...decisions, 'not-analysed', 'withdrawn', 'none'] as const
export type FilteredDecision = (typeof filteredDecisions)[number]

const filterQuery = z.object({
  decision: z.enum(filteredDecisions).optional().catch(undefined),
  state: z.enum(jobStates).optional().catch(undefined),
  // As the page shows the end of a UID: after an ellipsis.
  search: z
    .string()
    .transform((text) => text.trim().replace(/^…/, '').slice(0, 64))
    .catch(''),
})

/** Reads the page's query; what is no filter narrows nothing down. */
export function parseFilter(query: unknown): WorklistFilter {
  const { decision, state, search } = filterQuery.parse(query)
  return { decision, state, search }
}

const pageQuery = z.object({ page: z.coerce.number().int().min(1).max(1e6).catch(1) })

/** Which page of the worklist is asked for, from 1; the first where the query says nothing of use. */
export function parsePage(query: unknown): number {
  return pageQuery.parse(query).page
}

export function isNarrowed({ decision, state, search }: WorklistFilter): boolean {
  return decision !== undefined || state !== undefined || search !== ''
}

export function matchesFilter(record: StudyRecord, { decision, state, search }: WorklistFilter): boolean {
  return (
    (decision === undefined || decision === decisionOf(record)) &&
    (state === undefined || state === record.progress.state) &&
    (search === '' || isNamed(record, search))
  )
}

export function decisionOf({ finding }: StudyRecord): FilteredDecision {
  if (finding === undefined) return 'none'
  return finding.kind === 'analysed' ? finding.decision : finding.kind
}

function isNamed({ study, finding }: StudyRecord, search: string): boolean {
  const accession = finding?.accessionNumber?.toLowerCase() ?? ''
  return accession.includes(search.toLowerCase()) || study.studyInstanceUid.endsWith(search)
}
