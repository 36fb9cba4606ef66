import type { DeliveryTargets } from '../../deliver/delivery-targets.ts'
import { withdrawResult } from '../../deliver/withdraw.ts'
import { rejectionNoteSeries } from '../../report/sr/rejection-note.ts'
import { localIso } from '../../clock.ts'
import { stateUnreadable } from '../store/errors.ts'
import type { ModelGate } from './model-gate.ts'
import type { Withdrawal } from './retraction.ts'
import type { ResultStore } from '../store/store.ts'

/** What a withdrawal needs: what was kept, who may be sending it just now, and where it went. */
export interface WithdrawKeptOptions {
  readonly results: ResultStore
  readonly gate: ModelGate
  /** By the settings of the moment. */
  readonly targets: () => DeliveryTargets
}

/** Withdraws a kept result wherever it went, after a delivery of it that is under way. Safe to repeat. */
export function keptResultWithdrawer(options: WithdrawKeptOptions): (withdrawal: Withdrawal) => Promise<void> {
  const { results, gate } = options
  const raisedByAnother = (studyInstanceUid: string): boolean =>
    results
      .ofStudy(studyInstanceUid)
      .some(({ decision, withdrawnAt }) => decision === 'present' && withdrawnAt === undefined)
  return async ({ inputKey, resultKey, studyInstanceUid, retraction }) => {
    await gate.deliveryEnded(resultKey)
    const kept = results.keptResults(inputKey)
    if (kept === undefined) throw stateUnreadable('a pending withdrawal without kept results')
    // Before it is stored: the archive's feed tells of it at once, and a note is not "the study grew".
    results.noteOwnSeries(studyInstanceUid, rejectionNoteSeries(resultKey))
    const withdrawn = {
      ...kept,
      retractedAt: localIso(retraction.at),
      raisedByAnother: () => raisedByAnother(studyInstanceUid),
    }
    await withdrawResult(withdrawn, options.targets())
  }
}
