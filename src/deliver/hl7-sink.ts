import type { OruMessage } from '../report/result-objects.ts'

/** Takes an HL7 v2 message and confirms that it has it. The same message again has the same control ID. */
export interface Hl7Sink {
  send(message: OruMessage): Promise<void>
}
