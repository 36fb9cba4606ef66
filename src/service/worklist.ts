import type { StudyRecord } from './store.ts'

/** The worklist in reading order. Priority is only ever raised: below the threshold nothing moves a study from its place. */
export interface Worklist {
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
