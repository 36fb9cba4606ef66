import type { DeliveryTargets } from '../../deliver/delivery-targets.ts'
import type { DeliveryTarget, Sendings } from '../../deliver/target.ts'
import type { Metrics } from './metrics.ts'

/** The same targets, with each delivery counted by its name in receipts and by its outcome. */
export function countedDelivery(targets: DeliveryTargets, metrics: Metrics): DeliveryTargets {
  return Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, countedTarget(target, metrics)]))
}

function countedTarget(target: DeliveryTarget, metrics: Metrics): DeliveryTarget {
  // Starts at 0, so that Prometheus sees the first failure as an increase.
  for (const name of target.sends) {
    for (const outcome of ['delivered', 'failed']) metrics.deliveries.inc({ target: name, outcome }, 0)
  }
  return { ...target, sendings: (delivery) => countedSendings(target.sendings(delivery), metrics) }
}

function countedSendings(sendings: Sendings, metrics: Metrics): Sendings {
  const counted = Object.entries(sendings).map(([name, sending]) => [
    name,
    typeof sending === 'function' ? () => countedSending<unknown>(name, sending, metrics) : sending,
  ])
  return Object.fromEntries(counted) as Sendings
}

async function countedSending<Outcome>(
  target: string,
  send: () => Promise<Outcome>,
  metrics: Metrics,
): Promise<Outcome> {
  try {
    const outcome = await send()
    metrics.deliveries.inc({ target, outcome: 'delivered' })
    return outcome
  } catch (error) {
    metrics.deliveries.inc({ target, outcome: 'failed' })
    throw error
  }
}
