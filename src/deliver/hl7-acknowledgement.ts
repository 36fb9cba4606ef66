import { type AckCode, Hl7Message, type Hl7Segment } from '@medplum/core'

/** An acknowledgement of a message. */
export interface Acknowledgement {
  /** MSA-1, in original or enhanced mode (HL7 table 0008). */
  readonly code: AckCode
  /** MSA-2. */
  readonly controlId: string
  /** Error codes (HL7 table 0357), for example `101`. */
  readonly errors: readonly string[]
}

/** Undefined if the text is not a readable acknowledgement. */
export function readAcknowledgement(text: string): Acknowledgement | undefined {
  if (!/^MSH./.test(text)) return undefined
  const message = Hl7Message.parse(text)
  const code = message.getAckType()
  const controlId = message.getSegment('MSA')?.getComponent(2, 1)
  if (code === undefined || controlId === undefined || controlId === '') return undefined
  return { code, controlId, errors: errorsOf(message) }
}

/**
 * ERR-3 since 2.5. Earlier versions use the fourth component of ERR-1, with the code in its first subcomponent, and
 * repeat ERR-1 for further errors.
 */
function errorsOf(message: Hl7Message): readonly string[] {
  return message
    .getAllSegments('ERR')
    .flatMap((segment) => [segment.getComponent(3, 1), ...earlierErrorsOf(segment)])
    .filter((code) => /^\d{1,3}$/.test(code))
}

function earlierErrorsOf({ fields: [, first] }: Hl7Segment): readonly string[] {
  return first?.components.map((_, repetition) => first.getComponent(4, 0, repetition)) ?? []
}

/** The outcome for the message. */
type Verdict = 'stored' | 'postponed' | 'rejected'

/**
 * Permanent errors: segment sequence, required field, data type, table value, message type, event code, processing ID,
 * version.
 */
const neverAccepted = new Set(['100', '101', '102', '103', '200', '201', '202', '203'])
/** Transient errors: record locked, internal error. */
const mayPass = new Set(['206', '207'])

/** An accept code means stored. For other codes, a known error decides; without one, the code itself decides. */
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

/** Codes only: the receiver's text may quote patient data. */
export function describeAnswer({ code, errors }: Acknowledgement): string {
  return errors.length === 0 ? code : `${code}, error ${errors.join(', ')}`
}
