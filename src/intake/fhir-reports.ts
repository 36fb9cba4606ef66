import { z } from 'zod'
import { notFound, refused, unauthorized } from '../clients/http/errors.ts'
import { exchangeJson } from '../clients/http/exchange.ts'
import { type HttpService, describeService } from '../clients/http/http-service.ts'
import { reportsUnordered } from './errors.ts'
import type { Abortable } from '../clients/orthanc-client.ts'

const entrySchema = z.object({
  resource: z.looseObject({
    resourceType: z.string(),
    // Without a readable time a report is still read; only the order of pages hangs on it.
    meta: z
      .object({ lastUpdated: z.iso.datetime({ offset: true }) })
      .optional()
      .catch(undefined),
  }),
})

const searchSchema = z.object({
  resourceType: z.literal('Bundle'),
  entry: z.array(entrySchema).default([]),
  link: z.array(z.object({ relation: z.string() })).default([]),
})
type SearchResult = z.output<typeof searchSchema>

const resourceSchema = z.looseObject({ resourceType: z.string() })

/** Reports that were written or changed since a time. */
interface ReportPage {
  readonly reports: readonly unknown[]
  /** When the last of them was changed, by the server's clock; undefined where there are none. */
  readonly lastUpdated: Date | undefined
  /** Whether the server has later ones. */
  readonly more: boolean
}

/** Those that a person answers for, and those that were taken back after that. */
const statuses = 'final,amended,corrected,appended,cancelled,entered-in-error'

/** What an opinion needs; a server that knows `_elements` leaves texts, pictures and names at home. */
const elements = 'identifier,status,basedOn,imagingStudy,conclusionCode,meta,contained'

const maxJsonBytes = 64 * 2 ** 20
const accept = 'application/fhir+json'

/** Reports of a FHIR R4 server, for reading back what radiologists concluded. */
export class FhirReports {
  readonly #service: HttpService

  constructor(service: HttpService) {
    this.#service = service
  }

  /**
   * The first reports changed at that time or later, oldest change first. Pages are not followed by the server's own links, which may lead
   * to another host: the next page is asked for by the time of the last report.
   * @throws INTAKE_REPORTS_UNORDERED, HTTP_*
   */
  async changedSince(since: Date, limit: number, { signal }: Abortable = {}): Promise<ReportPage> {
    const query = new URLSearchParams({
      status: statuses,
      _lastUpdated: `ge${since.toISOString()}`,
      _sort: '_lastUpdated',
      _count: String(limit),
      _elements: elements,
    })
    const request = { method: 'GET', path: `/DiagnosticReport?${query.toString()}`, accept, effect: 'read' } as const
    const answer = await exchangeJson(this.#service, { ...request, maxBytes: maxJsonBytes, signal }, searchSchema)
    return this.#toPage(answer, limit)
  }

  #toPage({ entry, link }: SearchResult, limit: number): ReportPage {
    const reports = entry.map(({ resource }) => resource).filter((one) => one.resourceType === 'DiagnosticReport')
    const changedMs = reports.flatMap(({ meta }) => (meta === undefined ? [] : Date.parse(meta.lastUpdated)))
    const more = reports.length >= limit || link.some(({ relation }) => relation === 'next')
    const ordered = changedMs.every((ms, index) => index === 0 || changedMs[index - 1]! <= ms)
    if (more && !(ordered && changedMs.length === reports.length)) {
      throw reportsUnordered(describeService(this.#service))
    }
    return { reports, more, lastUpdated: changedMs.length === 0 ? undefined : new Date(Math.max(...changedMs)) }
  }

  /** A resource by its relative reference; undefined where there is none, or not for us. */
  async resource(reference: string, { signal }: Abortable = {}): Promise<unknown> {
    const request = { method: 'GET', path: `/${reference}`, accept, effect: 'read', maxBytes: maxJsonBytes } as const
    try {
      return await exchangeJson(this.#service, { ...request, signal }, resourceSchema)
    } catch (error) {
      if (unavailable.some((kind) => kind.matches(error))) return undefined
      throw error
    }
  }
}

/** Deleted or never there (404, 410), or of a kind that we may not read: what else identifies the study may do. */
const unavailable = [notFound, refused, unauthorized]
