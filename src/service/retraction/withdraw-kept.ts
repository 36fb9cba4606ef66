import type { DeliveryTargets } from '../../deliver/delivery-targets.ts'
import { withdrawResult } from '../../deliver/withdraw.ts'
import { rejectionNoteSeries } from '../../report/sr/rejection-note.ts'
import { localIso } from '../../clock.ts'
import { stateDamaged } from '../store/errors.ts'
import type { ModelGate } from './model-gate.ts'
import type { Withdrawal } from './retraction.ts'
import type { ResultStore } from '../store/store.ts'

/** What a withdrawal needs: the stored results, the deliveries in progress, and the targets. */
interface WithdrawKeptOptions {
  readonly results: ResultStore
  readonly gate: ModelGate
  /** The targets of the settings in force. */
  readonly targets: () => DeliveryTargets
}

/** Withdraws a stored result from every target, after its deliveries in progress. Safe to repeat. */
export function keptResultWithdrawer(options: WithdrawKeptOptions): (withdrawal: Withdrawal) => Promise<void> {
  const { results, gate } = options
  const raisedByAnother = (studyInstanceUid: string): boolean =>
    results
      .ofStudy(studyInstanceUid)
      .some(({ decision, withdrawnAt }) => decision === 'present' && withdrawnAt === undefined)
  return async ({ resultKey, studyInstanceUid, cause, at }) => {
    await gate.deliveryEnded(resultKey)
    const kept = results.keptResults(resultKey)
    if (kept === undefined) throw stateDamaged('the results of a pending withdrawal are missing')
    // Before the note is stored: the archive's feed announces the note immediately, and it must not count as a new
    // object.
    results.noteOwnSeries(studyInstanceUid, rejectionNoteSeries(resultKey))
    const withdrawn = {
      ...kept,
      cause,
      at: localIso(at),
      raisedByAnother: () => raisedByAnother(studyInstanceUid),
    }
    await withdrawResult(withdrawn, options.targets())
  }
}
