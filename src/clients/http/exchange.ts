import type { z } from 'zod'
import { answerInvalid, answerTooLarge, refused } from './errors.ts'
import { type Effect, statusFailure, transportFailure } from './failures.ts'
import { parseJsonText } from './json.ts'
import { type HttpService, authorizationHeaders, describeService } from './http-service.ts'

/** Largest JSON answer of an archive or FHIR server: the series of a study, or a page of reports. */
export const maxJsonBytes = 64 * 2 ** 20

/** One request; its path is relative to the service's root. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly accept: string
  readonly effect: Effect
  /** Headers in addition to those of every request. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly contentType: string; readonly data: string | ArrayBuffer }
  /** 5xx statuses with which this server refuses permanently. */
  readonly refusals?: ReadonlySet<number>
  /** Larger answers are rejected before they fill the memory. */
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends a request and returns the body of the 2xx answer.
 * @throws the errors of this folder, classified for a retry
 */
export async function exchange(service: HttpService, request: HttpRequest): Promise<Uint8Array<ArrayBuffer>> {
  const timeout = AbortSignal.timeout(service.timeoutMs)
  try {
    const response = await fetch(service.url + request.path, {
      method: request.method,
      headers: {
        Accept: request.accept,
        // Orthanc needs longer to compress pixel data than a hospital network needs to send it.
        'Accept-Encoding': 'identity',
        ...authorizationHeaders(service.credentials),
        ...request.headers,
        ...(request.body && { 'Content-Type': request.body.contentType }),
      },
      body: request.body?.data ?? null,
      // A redirect could send our credentials or patient data to another server.
      redirect: 'manual',
      signal: request.signal ? AbortSignal.any([timeout, request.signal]) : timeout,
    })
    if (!response.ok) {
      await response.body?.cancel()
      if (request.refusals?.has(response.status)) throw refused(describeService(service), response.status, '')
      throw statusFailure(service, request.effect, response.status)
    }
    return await readBody(response, service, request.maxBytes)
  } catch (thrown) {
    request.signal?.throwIfAborted()
    throw transportFailure(service, request.effect, thrown)
  }
}

/** An exchange whose answer is JSON of a known shape. */
export async function exchangeJson<Schema extends z.ZodType>(
  service: HttpService,
  request: Omit<HttpRequest, 'accept'> & { readonly accept?: string },
  schema: Schema,
): Promise<z.output<Schema>> {
  const bytes = await exchange(service, { accept: 'application/json', ...request })
  return parseJson(service, new TextDecoder().decode(bytes), schema)
}

/** @throws HTTP_ANSWER_INVALID, which names the invalid element but never quotes it */
export function parseJson<Schema extends z.ZodType>(
  service: HttpService,
  text: string,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(parseJsonText(text))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw answerInvalid(describeService(service), `${issue.code} at ${issue.path.join('.') || 'its root'}`)
}

async function readBody(response: Response, service: HttpService, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  const body: AsyncIterable<Uint8Array> | null = response.body
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > maxBytes) throw answerTooLarge(describeService(service), maxBytes)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
