import type { StudyRecord } from '../service/store/store.ts'

/** The worklist in reading order. Priority is only ever raised: below the threshold nothing moves a study from its place. */
interface Worklist {
  /** Pneumonia present, the highest probability first. */
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

/** Rows that a browser shows at once without delay, and a reader scrolls through. */
const pageSize = 200

/** The studies of one half of a worklist that stand on a page. */
export interface GroupPart {
  readonly records: readonly StudyRecord[]
  /** On all pages. */
  readonly total: number
}

/** One page of a worklist, and where it stands in the whole. */
export interface WorklistPart {
  readonly present: GroupPart
  readonly others: GroupPart
  /** From 1. */
  readonly page: number
  readonly pages: number
  /** Places of its first and last study, from 1. */
  readonly first: number
  readonly last: number
}

/** @param wanted a page that is not there gives the nearest one */
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

/** Probability of pneumonia where it is present, 0–1. */
function presentProbability({ finding }: StudyRecord): number | undefined {
  return finding?.kind === 'analysed' && finding.decision === 'present' ? finding.probabilities.pneumonia : undefined
}

/** Whether a person may ask for another attempt now. */
export function canRetry({ progress, finding }: StudyRecord): boolean {
  const withdrawn = progress.state === 'done' && finding?.kind === 'withdrawn'
  return withdrawn || progress.state === 'dead' || progress.state === 'retrying' || progress.state === 'skipped'
}

/** Whether a study can be taken out of the queue: one that is being worked on is not interrupted. */
export function canCancel({ progress }: StudyRecord): boolean {
  return progress.state === 'waiting' || progress.state === 'retrying'
}
