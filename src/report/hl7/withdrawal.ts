import type { Prediction } from '../../classify/prediction.ts'
import { escaped, timeStamp } from './fields.ts'
import type { OruMessage } from '../result-objects.ts'
import { type WithdrawalFacts, withdrawnSentence } from '../withdrawal-cause.ts'
import { notForDiagnosticUse } from '../wording.ts'

/** Values are escaped, so these characters only occur as delimiters. */
const [segmentEnd, fieldEnd] = ['\r', '|']

/**
 * The message that withdraws an earlier one: same order and observations, now marked as wrong (OBX-11 `W`, table 0085),
 * and the report without result (OBR-25 `X`, table 0123). Receivers match it by filler order number.
 * @param message as stored for delivery
 */
export function withdrawnOru(
  message: OruMessage,
  { source }: Pick<Prediction, 'source'>,
  facts: WithdrawalFacts,
): OruMessage {
  const controlId = `W${message.controlId.slice(0, 19)}`
  const moment = timeStamp(facts.at, source)
  const sentence = escaped(`${withdrawnSentence(facts)} ${notForDiagnosticUse}.`)
  const segments = new TextDecoder().decode(message.bytes).split(segmentEnd)
  const note = segments.findIndex((segment) => segment.startsWith('NTE'))
  const changed = segments.map((segment, index) => {
    const name = segment.slice(0, 3)
    // MSH-1 is the separator itself, so MSH fields are shifted by one.
    if (name === 'MSH') return withFields(segment, { 6: moment, 9: controlId })
    if (name === 'OBR') return withFields(segment, { 22: moment, 25: 'X' })
    if (name === 'OBX') return segment.split(fieldEnd)[11] === 'P' ? withFields(segment, { 11: 'W' }) : segment
    return index === note ? withFields(segment, { 3: sentence }) : segment
  })
  return { controlId, bytes: new TextEncoder().encode(changed.join(segmentEnd)) }
}

function withFields(segment: string, changes: Readonly<Record<number, string>>): string {
  const fields = segment.split(fieldEnd)
  for (const [place, value] of Object.entries(changes)) fields[Number(place)] = value
  return fields.join(fieldEnd)
}
