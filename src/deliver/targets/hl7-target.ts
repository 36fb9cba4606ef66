import { withdrawnOru } from '../../report/hl7/withdrawal.ts'
import { type ResultNameOf, namesOn } from '../../report/result-kinds.ts'
import { MllpSender } from '../hl7-sender.ts'
import type { Hl7Sink } from '../hl7-sink.ts'
import { type AcknowledgedMessages, SendOnce } from '../send-once.ts'
import { type DeliveryTarget, type OpenTarget, sendEach } from '../target.ts'

/** Sends results to the HL7 v2 receiver. */
export const openHl7: OpenTarget = (settings, { servers, acknowledged }) =>
  servers.hl7 && hl7Target(namesOn('hl7', settings), new MllpSender(servers.hl7), acknowledged)

export function hl7Target(
  kinds: readonly ResultNameOf<'hl7'>[],
  sink: Hl7Sink,
  acknowledged: AcknowledgedMessages,
): DeliveryTarget {
  const once = new SendOnce(sink, acknowledged)
  return {
    sends: kinds,
    sendings: ({ results }) => sendEach(kinds, results.parts, (message) => once.send(message)),
    // Withdrawals bypass the record of acknowledged messages, because a repeated withdrawal must also reach the
    // receiver.
    async withdraw({ prediction, results, cause, at }) {
      const messages = kinds.flatMap((kind) => results.parts[kind] ?? [])
      for (const message of messages)
        await sink.send(withdrawnOru(message, prediction, { cause, model: prediction.model, at }))
      return messages.length > 0
    },
  }
}
