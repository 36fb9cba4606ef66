import type { OruMessage } from '../report/result-objects.ts'
import type { Hl7Sink } from './hl7-sink.ts'

/** Durable record of the control IDs that a receiver has acknowledged. */
export interface AcknowledgedMessages {
  has(controlId: string): boolean | Promise<boolean>
  add(controlId: string): void | Promise<void>
}

/**
 * Does not resend acknowledged messages. HL7 v2 has no conditional write and not every receiver checks control IDs, so
 * a retry that is needed for a different target would deliver a duplicate report.
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
