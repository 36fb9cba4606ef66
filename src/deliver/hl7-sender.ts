import type { OruMessage } from '../report/result-objects.ts'
import { type Acknowledgement, describeAnswer, readAcknowledgement, verdictOf } from './hl7-acknowledgement.ts'
import { messagePostponed, messageRejected, messageUnconfirmed } from './hl7-errors.ts'
import type { Hl7Sink } from './hl7-sink.ts'
import { type MllpReceiver, describeReceiver, exchangeBlock } from './mllp.ts'

/**
 * Sends HL7 v2 messages by MLLP, one connection per message: results are few, and an idle connection may fail
 * unnoticed.
 */
export class MllpSender implements Hl7Sink {
  readonly #receiver: MllpReceiver

  constructor(receiver: MllpReceiver) {
    this.#receiver = receiver
  }

  /**
   * Sends the message and waits for the acknowledgement.
   * @throws DELIVER_HL7_*
   */
  async send({ controlId, bytes }: OruMessage): Promise<void> {
    const acknowledgement = this.#readAnswer(await exchangeBlock(this.#receiver, bytes), controlId)
    const receiver = describeReceiver(this.#receiver)
    switch (verdictOf(acknowledgement)) {
      case 'stored':
        return
      case 'postponed':
        throw messagePostponed(receiver, describeAnswer(acknowledgement))
      case 'rejected':
        throw messageRejected(receiver, describeAnswer(acknowledgement))
    }
  }

  #readAnswer(text: string, controlId: string): Acknowledgement {
    const receiver = describeReceiver(this.#receiver)
    const acknowledgement = readAcknowledgement(text)
    if (acknowledgement === undefined) throw messageUnconfirmed(receiver, 'its response is not an acknowledgement')
    if (acknowledgement.controlId === controlId) return acknowledgement
    throw messageUnconfirmed(receiver, 'it acknowledged a different message')
  }
}
