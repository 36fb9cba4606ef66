import type { ResultObjects } from '../report/result-objects.ts'
import type { DeliveryTargets } from './delivery-targets.ts'
import { type Attempt, atEveryTarget } from './every-target.ts'
import type { Priority } from './priority.ts'
import { type DeliveryReceipt, receiptOf } from './receipt.ts'
import type { Sendings } from './target.ts'

/**
 * Delivers a study's results. Every target is tried whatever becomes of the others, and all are safe to try again.
 * @throws after all were tried: the one failure, or DELIVER_SEVERAL_FAILED
 */
export async function deliverResults(
  results: ResultObjects,
  priority: Priority,
  targets: DeliveryTargets,
): Promise<DeliveryReceipt> {
  const outcomes: [name: string, outcome: unknown][] = []
  await atEveryTarget(targets, async (target, attempt) => {
    const sent = await sendAll(target.sendings({ results, priority }), attempt)
    outcomes.push(...sent)
    return sent.every(([, outcome]) => outcome !== undefined)
  })
  // A receipt is given only where every target did its part.
  return { ...receiptOf([]), ...(Object.fromEntries(outcomes) as Partial<DeliveryReceipt>) }
}

/** What became of each, undefined where it failed. */
function sendAll(sendings: Sendings, attempt: Attempt): Promise<[name: string, outcome: unknown][]> {
  return Promise.all(
    Object.entries(sendings).map(async ([name, sending]): Promise<[string, unknown]> => {
      return [name, typeof sending === 'function' ? await attempt<unknown>(sending) : sending]
    }),
  )
}
