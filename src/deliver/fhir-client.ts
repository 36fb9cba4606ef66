import { Client } from 'fhir-kit-client'
import { z } from 'zod'
import type { TriageError } from '../errors/triage-error.ts'
import { statusFailure, transportFailure } from '../clients/http/failures.ts'
import { writeUncertain } from '../clients/http/errors.ts'
import { type HttpService, authorizationHeaders, describeService } from '../clients/http/http-service.ts'
import type { FhirBundle } from '../report/result-objects.ts'
import { resourcesConflict, resourcesRejected } from './errors.ts'
import type { FhirSink } from './fhir-sink.ts'

const outcomeSchema = z.object({
  issue: z.array(z.object({ code: z.string(), expression: z.array(z.string()).default([]) })),
})

const responseSchema = z.object({
  resourceType: z.literal('Bundle'),
  entry: z.array(z.object({ response: z.object({ status: z.string(), outcome: z.unknown().optional() }) })),
})

const responseErrorSchema = z.object({ response: z.object({ status: z.number(), data: z.unknown() }) })

/** A FHIR R4 server, written by transactions. */
export class FhirServerSink implements FhirSink {
  readonly #service: HttpService
  readonly #client: Client

  constructor(service: HttpService) {
    this.#service = service
    this.#client = new Client({
      baseUrl: service.url,
      customHeaders: { ...authorizationHeaders(service.credentials), Prefer: 'return=minimal' },
      // A redirect could lead credentials and patient data to another server.
      requestOptions: { redirect: 'manual' },
    })
  }

  /**
   * Sends the bundle as one transaction and checks that the server accepted every entry.
   * @throws HTTP_* for the request as a whole, DELIVER_RESOURCES_* for rejected entries
   */
  async store(bundle: FhirBundle): Promise<void> {
    const parsed = responseSchema.safeParse(await this.#send(bundle))
    const server = describeService(this.#service)
    if (!parsed.success || parsed.data.entry.length !== bundle.entry.length)
      throw writeUncertain(server, 'its response does not confirm every entry')
    const rejected = parsed.data.entry.flatMap(({ response }, index) =>
      response.status.startsWith('2')
        ? []
        : [`${bundle.entry[index]!.resource.resourceType} ${response.status} ${issuesOf(response.outcome)}`.trim()],
    )
    if (rejected.length > 0) throw resourcesRejected(server, rejected)
  }

  async #send(bundle: FhirBundle): Promise<unknown> {
    try {
      // The client declares a resource as a mutable record, but only serialises it.
      const body = { ...bundle }
      return await this.#client.transaction({ body, options: { signal: AbortSignal.timeout(this.#service.timeoutMs) } })
    } catch (thrown) {
      throw this.#classed(thrown)
    }
  }

  #classed(thrown: unknown): TriageError {
    const answer = responseErrorSchema.safeParse(thrown)
    if (!answer.success) return transportFailure(this.#service, 'write', thrown)
    const { status, data } = answer.data.response
    // Two transactions changed the same resources; one must retry (http.html#trules).
    if (status === 409) return resourcesConflict(describeService(this.#service))
    return statusFailure(this.#service, 'write', status, issuesOf(data))
  }
}

/** Codes and locations of an OperationOutcome. Its texts are omitted: they may quote patient data. */
function issuesOf(outcome: unknown): string {
  const parsed = outcomeSchema.safeParse(outcome)
  if (!parsed.success) return ''
  return parsed.data.issue.map((issue) => [issue.code, ...issue.expression].join(' at ')).join(', ')
}
