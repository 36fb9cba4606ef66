import { type AckCode, Hl7Message } from '@medplum/core'

/** What an acknowledgement says of the message that it answers. */
export interface Acknowledgement {
  /** MSA-1, of the original mode or of the enhanced one (HL7 table 0008). */
  readonly code: AckCode
  /** MSA-2. */
  readonly controlId: string
  /** Error codes (HL7 table 0357), for example `101`. */
  readonly errors: readonly string[]
}

/** Undefined where the text is no acknowledgement that can be read. */
export function readAcknowledgement(text: string): Acknowledgement | undefined {
  if (!/^MSH./.test(text)) return undefined
  const message = Hl7Message.parse(text)
  const code = message.getAckType()
  const controlId = message.getSegment('MSA')?.getComponent(2, 1)
  if (code === undefined || controlId === undefined || controlId === '') return undefined
  return { code, controlId, errors: errorsOf(message) }
}

/** ERR-3 from 2.5 on; before, the fourth component of ERR-1, which holds a code in subcomponents. */
function errorsOf(message: Hl7Message): readonly string[] {
  return message
    .getAllSegments('ERR')
    .flatMap((segment) => [segment.getComponent(3, 1), segment.getComponent(1, 4, 0)])
    .filter((code) => /^\d{1,3}$/.test(code))
}

/** What becomes of the message. */
type Verdict = 'stored' | 'postponed' | 'rejected'

/** Segment sequence, required field, data type, table value; message type, event code, processing ID, version: it stays what it is. */
const neverAccepted = new Set(['100', '101', '102', '103', '200', '201', '202', '203'])
/** Record locked, internal error: nothing to do with the message. */
const mayPass = new Set(['206', '207'])

/** Accepted is stored; else the error decides where there is one that does, and the code of the acknowledgement where there is none. */
export function verdictOf({ code, errors }: Acknowledgement): Verdict {
  switch (code) {
    case 'AA':
    case 'CA':
      return 'stored'
    case 'AE':
    case 'CE':
      return errors.some((error) => neverAccepted.has(error)) ? 'rejected' : 'postponed'
    case 'AR':
    case 'CR':
      return errors.length > 0 && errors.every((error) => mayPass.has(error)) ? 'postponed' : 'rejected'
  }
}

/** In codes alone: the receiver's words may quote patient data. */
export function describeAnswer({ code, errors }: Acknowledgement): string {
  return errors.length === 0 ? code : `${code}, error ${errors.join(', ')}`
}
