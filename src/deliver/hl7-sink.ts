import type { OruMessage } from '../report/result-objects.ts'

/** Sends an HL7 v2 message and confirms its receipt. Sending it again keeps the control ID. */
export interface Hl7Sink {
  send(message: OruMessage): Promise<void>
}
