import type { Prediction } from '../../classify/prediction.ts'
import type { Store } from '../store/store.ts'

/** Queues the withdrawal of a study's valid results on images that were rejected in the archive. */
export function withdrawRejected(
  { results, retractions }: Store,
  studyInstanceUid: string,
  rejected: ReadonlySet<string>,
  at: Date,
): void {
  if (rejected.size === 0) return
  for (const { resultKey, withdrawnAt } of results.ofStudy(studyInstanceUid)) {
    const kept = withdrawnAt === undefined ? results.keptResults(resultKey) : undefined
    if (kept !== undefined && imagesOf(kept.prediction).some((uid) => rejected.has(uid)))
      retractions.withdraw(resultKey, 'source-rejected', at)
  }
}

function imagesOf(prediction: Prediction): readonly string[] {
  const analysed = prediction.kind === 'analysed' ? prediction.images : []
  return [...analysed, ...prediction.notAnalysed].map(({ header }) => header.sopInstanceUid)
}
