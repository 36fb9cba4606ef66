import { localDay } from '../stopwatch.ts'
import { modelRetracted } from './errors.ts'
import type { RetractionShelf } from './retraction.ts'
import type { StudyGate } from './study-gate.ts'

/**
 * Stands between a model and the world. A delivery either begins before its model is retracted, and then the withdrawal of that result
 * waits for its end, or it does not begin at all: check and note of a delivery are made in one go, and so is the retraction.
 */
export class ModelGate implements StudyGate {
  readonly #model: string
  readonly #retractions: Pick<RetractionShelf, 'get'>
  /** Deliveries under way by result key: two workers may deliver the same result. */
  readonly #underWay = new Map<string, Set<Promise<unknown>>>()

  /** @param model see model-name.ts */
  constructor(model: string, retractions: Pick<RetractionShelf, 'get'>) {
    this.#model = model
    this.#retractions = retractions
  }

  /** @throws SERVICE_MODEL_RETRACTED */
  requireStanding(): void {
    const retraction = this.#retractions.get(this.#model)
    if (retraction !== undefined) throw modelRetracted(this.#model, localDay(retraction.at))
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
