import type { Prediction } from '../../classify/prediction.ts'
import { identityChange } from '../../report/identity/identity-change.ts'
import { identityOf } from '../../report/identity/study-identity.ts'
import type { Store } from '../store/store.ts'

/**
 * Queues the withdrawal of a study's valid results that are another patient's than its new one, because the study was
 * corrected in the archive or its UID was used again.
 */
export function withdrawOfOthers(
  { results, retractions }: Store,
  { source, studyInstanceUid }: Prediction,
  at: Date,
): void {
  const now = identityOf(source)
  for (const { resultKey, withdrawnAt } of results.ofStudy(studyInstanceUid)) {
    if (withdrawnAt !== undefined) continue
    const before = results.keptResults(resultKey)
    const change = before && identityChange(identityOf(before.prediction.source), now)
    const decided = change === 'doubt' ? results.identityVerdict(resultKey) : change
    if (decided === 'another-person') retractions.withdraw(resultKey, 'another-patient', at)
  }
}
