import { z } from 'zod'
import { dayMs } from '../../clock.ts'
import type { StoredFhirResource } from '../../deliver/embedded-fhir.ts'

/** The period that a date of limited precision covers, in epoch milliseconds. `toMs` is exclusive. */
interface DateSpan {
  readonly fromMs: number
  readonly toMs: number
}

/** A FHIR date search: `ge2026-01`, `2026-01-31` (http://hl7.org/fhir/R4/search.html#date). */
export interface DateSearch {
  readonly prefix: keyof typeof comparisons
  readonly span: DateSpan
}

const within = (own: DateSpan, asked: DateSpan) => own.fromMs >= asked.fromMs && own.toMs <= asked.toMs

const comparisons = {
  eq: within,
  ne: (own: DateSpan, asked: DateSpan) => !within(own, asked),
  gt: (own: DateSpan, asked: DateSpan) => own.toMs > asked.toMs,
  ge: (own: DateSpan, asked: DateSpan) => own.toMs > asked.toMs || within(own, asked),
  lt: (own: DateSpan, asked: DateSpan) => own.fromMs < asked.fromMs,
  le: (own: DateSpan, asked: DateSpan) => own.fromMs < asked.fromMs || within(own, asked),
}

const prefixName = z.enum(['eq', 'ne', 'gt', 'ge', 'lt', 'le'])

/** Parses a date search; undefined if it is invalid. A time without a zone is UTC. */
export function parseDateSearch(text: string): DateSearch | undefined {
  const prefix = prefixName.safeParse(text.slice(0, 2))
  const span = dateSpan(prefix.success ? text.slice(2) : text)
  return span && { prefix: prefix.success ? prefix.data : 'eq', span }
}

const dateFields = z.object({
  effectiveDateTime: z.string().optional().catch(undefined),
  issued: z.string().optional().catch(undefined),
  started: z.string().optional().catch(undefined),
  recorded: z.string().optional().catch(undefined),
})

/** Whether a resource's date matches the search. A resource without a date never matches. */
export function matchesDate(resource: StoredFhirResource, { prefix, span }: DateSearch): boolean {
  const { effectiveDateTime, issued, started, recorded } = dateFields.parse(resource)
  const own = dateSpan(effectiveDateTime ?? issued ?? started ?? recorded ?? '')
  return own !== undefined && comparisons[prefix](own, span)
}

const datePattern = /^(\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?)?)?)(Z|[+-]\d{2}:\d{2})?$/

function dateSpan(text: string): DateSpan | undefined {
  const [, local = '', zone = 'Z'] = datePattern.exec(text) ?? []
  const fromMs = Date.parse(local.includes('T') ? `${local}${zone}` : local)
  return Number.isNaN(fromMs) ? undefined : { fromMs, toMs: endMs(fromMs, local.length) }
}

/** The precision follows from the length: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `…Thh:mm`, `…:ss`, or a fraction. */
function endMs(fromMs: number, writtenLength: number): number {
  const end = new Date(fromMs)
  if (writtenLength === 4) return end.setUTCFullYear(end.getUTCFullYear() + 1)
  if (writtenLength === 7) return end.setUTCMonth(end.getUTCMonth() + 1)
  if (writtenLength === 10) return fromMs + dayMs
  if (writtenLength === 16) return fromMs + 60_000
  return fromMs + (writtenLength === 19 ? 1000 : 1)
}
