import { z } from 'zod'
import { notFound, refused, unauthorized } from '../clients/http/errors.ts'
import { exchangeJson, maxJsonBytes } from '../clients/http/exchange.ts'
import { type HttpService, describeService } from '../clients/http/http-service.ts'
import { reportsUnordered } from './errors.ts'
import type { Abortable } from '../clients/orthanc-client.ts'

const entrySchema = z.object({
  resource: z.looseObject({
    resourceType: z.string(),
    // A report without a valid time is still read; only the paging needs the time.
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

/** A page of the reports that were created or changed since a time. */
interface ReportPage {
  readonly reports: readonly unknown[]
  /** When the last of them was changed, by the server's clock; undefined if the page is empty. */
  readonly lastUpdated: Date | undefined
  /** Whether the server has more reports. */
  readonly more: boolean
}

/** Statuses of reports that a person has signed, and of those that were withdrawn afterwards. */
const statuses = 'final,amended,corrected,appended,cancelled,entered-in-error'

/** The elements that an opinion needs. A server that supports `_elements` sends no texts, pictures or names. */
const elements = 'identifier,status,basedOn,imagingStudy,conclusionCode,meta,contained'

const accept = 'application/fhir+json'

/** The DiagnosticReports of a FHIR R4 server, from which the radiologists' conclusions are read back. */
export class FhirReports {
  readonly #service: HttpService

  constructor(service: HttpService) {
    this.#service = service
  }

  /**
   * The first reports changed at that time or later, oldest change first. The server's own page links are not followed,
   * since they may lead to another host; the next page is requested by the time of the last report.
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

  /** A resource by its relative reference; undefined if it does not exist or we may not read it. */
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

/**
 * The resource was deleted or never existed (404, 410), or we may not read it. Other data may still identify the study.
 */
const unavailable = [notFound, refused, unauthorized]
