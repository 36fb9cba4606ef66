import { isFinished } from '../service/queue/job-states.ts'
import type { StudyRecord } from '../service/store/store.ts'

/** The worklist in reading order. A finding only raises priority: studies below the threshold keep order of arrival. */
interface Worklist {
  /** Pneumonia present, highest probability first. */
  readonly present: readonly StudyRecord[]
  /** All others, in order of arrival. */
  readonly others: readonly StudyRecord[]
}

export function orderWorklist(records: readonly StudyRecord[]): Worklist {
  const byArrival = [...records].sort((one, other) => one.arrival - other.arrival)
  return {
    present: byArrival
      .filter((record) => presentProbability(record) !== undefined)
      .sort((one, other) => presentProbability(other)! - presentProbability(one)!),
    others: byArrival.filter((record) => presentProbability(record) === undefined),
  }
}

/** Rows per page: few enough to render without delay. */
const pageSize = 200

/** The studies of one group (present or others) on one page. */
export interface GroupPart {
  readonly records: readonly StudyRecord[]
  /** Size of the group over all pages. */
  readonly total: number
}

/** One page of the worklist and its position in the whole list. */
export interface WorklistPart {
  readonly present: GroupPart
  readonly others: GroupPart
  /** From 1. */
  readonly page: number
  readonly pages: number
  /** Positions of its first and last study in the whole list, counted from 1. */
  readonly first: number
  readonly last: number
}

/** @param wanted page number; out of range gives the nearest page */
export function partOf({ present, others }: Worklist, wanted: number): WorklistPart {
  const studies = present.length + others.length
  const pages = Math.max(1, Math.ceil(studies / pageSize))
  const page = Math.min(Math.max(wanted, 1), pages)
  const [start, end] = [(page - 1) * pageSize, Math.min(page * pageSize, studies)]
  const part = (group: readonly StudyRecord[], before: number): GroupPart => ({
    records: group.slice(Math.max(0, start - before), Math.max(0, end - before)),
    total: group.length,
  })
  return {
    present: part(present, 0),
    others: part(others, present.length),
    ...{ page, pages },
    first: start + 1,
    last: end,
  }
}

/** Probability of pneumonia, 0–1; undefined unless the finding is present. */
function presentProbability({ finding }: StudyRecord): number | undefined {
  return finding?.kind === 'analysed' && finding.decision === 'present' ? finding.probabilities.pneumonia : undefined
}

/** Whether a user may request another analysis. A finding stays until there is a new one. */
export function canAnalyseAgain({ progress }: StudyRecord): boolean {
  return isFinished(progress.state)
}

/** Whether a user may request the next attempt before its time. */
export function canRetryNow({ progress }: StudyRecord): boolean {
  return progress.state === 'retrying'
}

/** Whether a study can be removed from the queue. A study in progress is not interrupted. */
export function canCancel({ progress }: StudyRecord): boolean {
  return progress.state === 'waiting' || progress.state === 'retrying'
}
