import type { Request, Response } from 'express'
import type { StoredFhirResource } from '../../deliver/embedded-fhir.ts'
import type { FhirResource } from '../../report/result-objects.ts'

interface SearchPage {
  /** Page size. */
  readonly count: number
  /** Number of matches before this page. */
  readonly offset: number
  /** Number of matches on all pages. */
  readonly total: number
  readonly resources: readonly StoredFhirResource[]
}

/** One page of search results, with a link to the next. */
export function searchBundle(request: Request, { count, offset, total, resources }: SearchPage): FhirResource {
  // The host name that the client used; `requireHost` has validated it.
  const base = `http://${request.headers.host ?? 'localhost'}`
  const link = (relation: string, from: number): Record<string, string> => {
    const address = new URL(`${request.path}?${queryOf(request)}`, base)
    address.searchParams.set('_offset', String(from))
    return { relation, url: address.href }
  }
  const next = offset + count
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total,
    link: [link('self', offset), ...(count > 0 && next < total ? [link('next', next)] : [])],
    entry: resources.map((resource) => ({
      fullUrl: new URL(`/fhir/${resource.resourceType}/${resource.id}`, base).href,
      resource,
      search: { mode: 'match' },
    })),
  }
}

/** Only the query: a request line may hold an absolute URL with a different host. */
function queryOf(request: Request): string {
  const { originalUrl } = request
  const mark = originalUrl.indexOf('?')
  return mark < 0 ? '' : originalUrl.slice(mark + 1)
}

export function sendFhir(response: Response, status: number, resource: FhirResource): void {
  response.status(status).type('application/fhir+json').send(JSON.stringify(resource))
}

export function sendOutcome(response: Response, status: number, code: string, diagnostics: string): void {
  sendFhir(response, status, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] })
}
