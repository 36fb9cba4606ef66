import type { DeliveryTargets } from './delivery-targets.ts'
import { atEveryTarget } from './every-target.ts'
import type { WithdrawnResult } from './target.ts'

/**
 * Withdraws a result from every target. Tries every target even if others fail. Withdrawing again is safe.
 * @throws after all were tried: the one failure, or DELIVER_SEVERAL_FAILED
 */
export async function withdrawResult(withdrawn: WithdrawnResult, targets: DeliveryTargets): Promise<void> {
  await atEveryTarget(targets, async (target, attempt) => (await attempt(() => target.withdraw(withdrawn))) === true)
}
