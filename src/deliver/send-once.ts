import type { OruMessage } from '../report/result-objects.ts'
import type { Hl7Sink } from './hl7-sink.ts'

/** Control IDs of messages that a receiver has acknowledged; durable. */
export interface AcknowledgedMessages {
  has(controlId: string): boolean | Promise<boolean>
  add(controlId: string): void | Promise<void>
}

/**
 * Sends no message that was acknowledged before. HL7 v2 has no conditional write, and not every receiver looks at control IDs: without
 * this each retry that another target needs would bring the same report again.
 */
export class SendOnce implements Hl7Sink {
  readonly #sink: Hl7Sink
  readonly #acknowledged: AcknowledgedMessages

  constructor(sink: Hl7Sink, acknowledged: AcknowledgedMessages) {
    this.#sink = sink
    this.#acknowledged = acknowledged
  }

  /** @throws what the sink throws */
  async send(message: OruMessage): Promise<void> {
    if (await this.#acknowledged.has(message.controlId)) return
    await this.#sink.send(message)
    await this.#acknowledged.add(message.controlId)
  }
}
