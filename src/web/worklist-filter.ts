import { z } from 'zod'
import { decisions } from '../classify/prediction.ts'
import { type DeliveryTrouble } from '../service/deliveries/delivery.ts'
import { jobStates } from '../service/queue/job-states.ts'
import type { StudyRecord } from '../service/store/store.ts'

/** Filter of the worklist. Undefined matches every study. */
export interface WorklistFilter {
  readonly decision: FilteredDecision | undefined
  readonly state: FilteredState | undefined
  /** Part of an accession number, or the end of a Study Instance UID; empty matches every study. */
  readonly search: string
}

export const filteredDecisions = [...decisions, 'not-analysed', 'withdrawn', 'none'] as const
type FilteredDecision = (typeof filteredDecisions)[number]

/** The states of a study, and `undelivered`: a delivery is late or needs a look. */
export const filteredStates = [...jobStates, 'undelivered'] as const
type FilteredState = (typeof filteredStates)[number]

/** Deliveries that are late or need a look, by Study Instance UID. */
export type Troubled = ReadonlyMap<string, readonly DeliveryTrouble[]>

const filterQuery = z.object({
  decision: z.enum(filteredDecisions).optional().catch(undefined),
  state: z.enum(filteredStates).optional().catch(undefined),
  // The page shows the end of a UID after an ellipsis, so users paste it with the ellipsis.
  search: z
    .string()
    .transform((text) => text.trim().replace(/^…/, '').slice(0, 64))
    .catch(''),
})

/** Parses the page's query. Invalid values are ignored. */
export function parseFilter(query: unknown): WorklistFilter {
  const { decision, state, search } = filterQuery.parse(query)
  return { decision, state, search }
}

const pageQuery = z.object({ page: z.coerce.number().int().min(1).max(1e6).catch(1) })

/** The requested page of the worklist, from 1. An invalid number gives page 1. */
export function parsePage(query: unknown): number {
  return pageQuery.parse(query).page
}

export function isNarrowed({ decision, state, search }: WorklistFilter): boolean {
  return decision !== undefined || state !== undefined || search !== ''
}

export function matchesFilter(
  record: StudyRecord,
  { decision, state, search }: WorklistFilter,
  troubled: Troubled,
): boolean {
  return (
    (decision === undefined || decision === decisionOf(record)) &&
    (state === undefined || isIn(state, record, troubled)) &&
    (search === '' || isNamed(record, search))
  )
}

function isIn(state: FilteredState, { study, progress }: StudyRecord, troubled: Troubled): boolean {
  return state === 'undelivered' ? troubled.has(study.studyInstanceUid) : state === progress.state
}

export function decisionOf({ finding }: StudyRecord): FilteredDecision {
  if (finding === undefined) return 'none'
  return finding.kind === 'analysed' ? finding.decision : finding.kind
}

function isNamed({ study, finding }: StudyRecord, search: string): boolean {
  const accession = finding?.accessionNumber?.toLowerCase() ?? ''
  return accession.includes(search.toLowerCase()) || study.studyInstanceUid.endsWith(search)
}
