import { modelFromName } from '../../classify/model-name.ts'
import { localIso } from '../../clock.ts'
import type { WithdrawalFacts } from '../../report/withdrawal-cause.ts'
import type { StudyResult } from './store.ts'

/** Why and when a result was withdrawn; undefined if it is valid. */
export function withdrawalOf({ model, withdrawnAt, withdrawalCause }: StudyResult): WithdrawalFacts | undefined {
  if (withdrawnAt === undefined || withdrawalCause === undefined) return undefined
  return { cause: withdrawalCause, model: modelFromName(model), at: localIso(withdrawnAt) }
}
