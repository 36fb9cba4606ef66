import type { DeliveryTargets } from './delivery-targets.ts'
import { atEveryTarget } from './every-target.ts'
import type { WithdrawnResult } from './target.ts'

/**
 * Withdraws a result everywhere it went. Every target is tried whatever becomes of the others, and all are safe to try again.
 * @throws after all were tried: the one failure, or DELIVER_SEVERAL_FAILED
 */
export async function withdrawResult(withdrawn: WithdrawnResult, targets: DeliveryTargets): Promise<void> {
  await atEveryTarget(targets, async (target, attempt) => (await attempt(() => target.withdraw(withdrawn))) === true)
}
