import type { ModelLineage } from '../../classify/model-name.ts'
import { localDay } from '../../clock.ts'
import { modelRetracted } from './errors.ts'
import type { Retraction, RetractionStore } from './retraction.ts'

/** The retraction that disables a model, if any: its own, or that of the model from which it was made. */
export function retractionOf(lineage: ModelLineage, retractions: Pick<RetractionStore, 'get'>): Retraction | undefined {
  return lineage.map((model) => retractions.get(model)).find((retraction) => retraction !== undefined)
}

/**
 * Blocks studies and deliveries of a retracted model. A delivery that started before the retraction finishes before the
 * withdrawal of its result; no delivery starts after it. To ensure this, checking and registering a delivery is one
 * synchronous step, and so is a retraction.
 */
export class ModelGate {
  readonly #lineage: ModelLineage
  readonly #retractions: Pick<RetractionStore, 'get'>
  /** Deliveries in progress, by result key. Two workers may deliver the same result. */
  readonly #underWay = new Map<string, Set<Promise<unknown>>>()

  constructor(lineage: ModelLineage, retractions: Pick<RetractionStore, 'get'>) {
    this.#lineage = lineage
    this.#retractions = retractions
  }

  /** @throws SERVICE_MODEL_RETRACTED */
  requireStanding(): void {
    const retraction = retractionOf(this.#lineage, this.#retractions)
    if (retraction !== undefined) throw modelRetracted(retraction.model, localDay(retraction.at))
  }

  /** @throws SERVICE_MODEL_RETRACTED before anything is sent */
  async deliver<Receipt>(resultKey: string, send: () => Promise<Receipt>): Promise<Receipt> {
    this.requireStanding()
    const delivery = send()
    const deliveries = this.#underWay.get(resultKey) ?? new Set()
    this.#underWay.set(resultKey, deliveries.add(delivery))
    try {
      return await delivery
    } finally {
      deliveries.delete(delivery)
      if (deliveries.size === 0) this.#underWay.delete(resultKey)
    }
  }

  /** Waits until all deliveries of that result that are in progress have succeeded or failed. */
  async deliveryEnded(resultKey: string): Promise<void> {
    await Promise.allSettled([...(this.#underWay.get(resultKey) ?? [])])
  }
}
