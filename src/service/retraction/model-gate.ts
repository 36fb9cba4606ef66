import type { ModelLineage } from '../../classify/model-name.ts'
import { localDay } from '../../clock.ts'
import { modelRetracted } from './errors.ts'
import type { Retraction, RetractionStore } from './retraction.ts'
import type { StudyGate } from './study-gate.ts'

/** Why a model must not work, if it must not: it, or the one that it was made from, was retracted. */
export function retractionOf(lineage: ModelLineage, retractions: Pick<RetractionStore, 'get'>): Retraction | undefined {
  return lineage.map((model) => retractions.get(model)).find((retraction) => retraction !== undefined)
}

/**
 * Stands between a model and the world. A delivery either begins before its model is retracted, and then the withdrawal of that result
 * waits for its end, or it does not begin at all: check and note of a delivery are made in one go, and so is the retraction.
 */
export class ModelGate implements StudyGate {
  readonly #lineage: ModelLineage
  readonly #retractions: Pick<RetractionStore, 'get'>
  /** Deliveries under way by result key: two workers may deliver the same result. */
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

  /** @throws SERVICE_MODEL_RETRACTED, and then nothing was sent */
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

  /** Returns when no delivery of that result is under way, however it ended. */
  async deliveryEnded(resultKey: string): Promise<void> {
    await Promise.allSettled([...(this.#underWay.get(resultKey) ?? [])])
  }
}
