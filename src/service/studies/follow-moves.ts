import type { Clock } from '../../clock.ts'
import type { Store } from '../store/store.ts'
import type { TakeArrival } from './take-study.ts'

/**
 * Withdraws the results of a study that a corrected copy with other UIDs has replaced. The copy is analysed like any
 * other study.
 */
export function followingMoves(
  takeArrival: TakeArrival,
  { studies, results, retractions }: Store,
  clock: Clock,
): TakeArrival {
  return async (arrival, lane) => {
    const original = arrival.movedFrom === undefined ? undefined : studies.withOrthancId(arrival.movedFrom)
    for (const { resultKey, withdrawnAt } of results.ofStudy(original?.study.studyInstanceUid ?? ''))
      if (withdrawnAt === undefined) retractions.withdraw(resultKey, 'study-moved', clock.now())
    return takeArrival(arrival, lane)
  }
}
