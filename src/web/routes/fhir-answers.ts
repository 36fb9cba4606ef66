import type { Request, Response } from 'express'
import type { StoredFhirResource } from '../../deliver/embedded-fhir.ts'
import type { FhirResource } from '../../report/result-objects.ts'

interface SearchPage {
  /** Most that the page holds. */
  readonly count: number
  /** How many come before it. */
  readonly offset: number
  /** How many there are on all pages. */
  readonly total: number
  readonly resources: readonly StoredFhirResource[]
}

/** A page of what was found, with the address of the next. */
export function searchBundle(request: Request, { count, offset, total, resources }: SearchPage): FhirResource {
  // What the client calls us; `requireHost` has looked at it.
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

/** Of the address asked for, only this: a request line may name a whole URL, with another host. */
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
