import { z } from 'zod'
import { parseJsonText } from '../clients/http/json.ts'

/** A Store Instances Response (PS3.18 I.2) by SOP Instance UID. */
export interface StowResult {
  readonly stored: ReadonlySet<string>
  /** Failure Reason (0008,1197). `unnamedObject` holds that of an object whose UID the server could not read. */
  readonly failed: ReadonlyMap<string, number>
}

export const unnamedObject = ''

const uid = z.object({ Value: z.tuple([z.string()]).rest(z.unknown()) })
const sequence = <Item extends z.ZodType>(item: Item) => z.object({ Value: z.array(item).default([]) }).optional()

const responseSchema = z.object({
  // Referenced SOP Sequence: stored, possibly with a warning.
  '00081199': sequence(z.object({ '00081155': uid })),
  // Failed SOP Sequence.
  '00081198': sequence(
    z.object({ '00081155': uid.optional(), '00081197': z.object({ Value: z.tuple([z.number()]).rest(z.unknown()) }) }),
  ),
})

/** A duplicate SOP Instance UID counts as stored: our UIDs derive from the content, so it is the same object. */
const duplicateSopInstance = 0x0111

/** Reads a response; empty if it is not a Store Instances Response in JSON. */
export function parseStowResult(text: string): StowResult {
  const parsed = responseSchema.safeParse(parseJsonText(text))
  if (!parsed.success) return { stored: new Set(), failed: new Map() }
  const stored = new Set(parsed.data['00081199']?.Value.map((item) => item['00081155'].Value[0]))
  const failed = new Map<string, number>()
  for (const item of parsed.data['00081198']?.Value ?? []) {
    const sopInstanceUid = item['00081155']?.Value[0] ?? unnamedObject
    const reason = item['00081197'].Value[0]
    if (reason === duplicateSopInstance) stored.add(sopInstanceUid)
    else failed.set(sopInstanceUid, reason)
  }
  return { stored, failed }
}

/** A Failure Reason (PS3.18 I.2.2, PS3.4 B.2.3, PS3.7 C) as text, and whether a retry may succeed. */
export function describeFailureReason(reason: number): { readonly text: string; readonly mayPass: boolean } {
  const hex = reason.toString(16).toUpperCase().padStart(4, '0')
  if (reason >> 8 === 0xa7) return { text: `out of resources (${hex}H)`, mayPass: true }
  if (reason === 0x0110) return { text: `processing failure (${hex}H)`, mayPass: true }
  if (reason === 0x0122) return { text: `SOP class not supported (${hex}H)`, mayPass: false }
  if (reason === 0x0124) return { text: `not authorised (${hex}H)`, mayPass: false }
  if (reason >> 8 === 0xa9) return { text: `data set does not match SOP class (${hex}H)`, mayPass: false }
  if (reason >> 12 === 0xc) return { text: `cannot be understood (${hex}H)`, mayPass: false }
  return { text: `failure reason ${hex}H`, mayPass: false }
}
