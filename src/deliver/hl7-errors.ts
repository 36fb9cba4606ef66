import { defineError } from '../errors/triage-error.ts'

/** `receiver` is host and port. Errors never contain messages, which hold patient data, or the text of responses. */

export const receiverUnreachable = defineError(
  'DELIVER_HL7_UNREACHABLE',
  'transient',
  (receiver: string, cause: string) =>
    `${receiver} cannot be reached (${cause}). Check that it runs, that LungTriage.Hl7.Host and Port are correct, and that Hl7.Tls is on if the receiver uses TLS.`,
)

export const receiverNotTrusted = defineError(
  'DELIVER_HL7_NOT_TRUSTED',
  'permanent',
  (receiver: string, cause: string) =>
    `The certificate of the receiver is not trusted (${receiver}: ${cause}). Check its expiry date and host name, or set LungTriage.Hl7.CaFile to the authority that signed it.`,
)

export const messageUnconfirmed = defineError(
  'DELIVER_HL7_UNCONFIRMED',
  'ambiguous',
  (receiver: string, cause: string) =>
    `${receiver} did not acknowledge a message (${cause}). Sending it again is safe: it keeps its control ID.`,
)

export const messagePostponed = defineError(
  'DELIVER_HL7_POSTPONED',
  'transient',
  (receiver: string, answer: string) => `${receiver} could not accept the message yet (${answer}). Check its log.`,
)

export const messageRejected = defineError(
  'DELIVER_HL7_REJECTED',
  'permanent',
  (receiver: string, answer: string) =>
    `${receiver} rejected the message (${answer}). Check its log, and the applications and facilities under LungTriage.Hl7.`,
)
