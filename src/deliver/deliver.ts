import type { ResultObjects } from '../report/result-objects.ts'
import type { DeliveryTargets } from './delivery-targets.ts'
import { type Attempt, atEveryTarget } from './every-target.ts'
import type { Priority } from './priority.ts'
import { type DeliveryReceipt, receiptOf } from './receipt.ts'
import type { Sendings } from './target.ts'

/**
 * Delivers a study's results. Tries every target even if others fail. Delivering again is safe.
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
  // There is a receipt only if every target succeeded.
  return { ...receiptOf([]), ...(Object.fromEntries(outcomes) as Partial<DeliveryReceipt>) }
}

/** The outcome of each, undefined if it failed. */
function sendAll(sendings: Sendings, attempt: Attempt): Promise<[name: string, outcome: unknown][]> {
  return Promise.all(
    Object.entries(sendings).map(async ([name, sending]): Promise<[string, unknown]> => {
      return [name, typeof sending === 'function' ? await attempt<unknown>(sending) : sending]
    }),
  )
}
