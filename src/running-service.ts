import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { causeCode } from './http/failures.ts'
import { type HttpService, authorizationHeaders, credentialsOf, httpService } from './http/service.ts'
import { parseJsonText } from './http/json.ts'
import {
  serviceBusy,
  servicePortUnknown,
  serviceRefused,
  serviceSilent,
  serviceTokenMissing,
} from './running-service-errors.ts'
import type { Settings } from './settings.ts'

/** Commands that ask the running service: it alone holds queue and state. */

/** It looks into every kept result before it answers that a model is retracted. */
const timeoutMs = 60_000

const refusalSchema = z.object({ code: z.string(), message: z.string() })

/**
 * Where the settings say that the service listens, with its token.
 * @throws COMMAND_PORT_UNKNOWN, COMMAND_TOKEN_MISSING
 */
export async function runningService({ Http, StateDir }: Settings): Promise<HttpService> {
  if (Http.Port === 0) throw servicePortUnknown()
  const Token = Http.Token ?? (await keptToken(join(StateDir, 'token')))
  const url = `http://${reachableHost(Http.Host)}:${Http.Port}`
  return httpService({ name: 'the service', url, credentials: credentialsOf({ Token }), timeoutMs })
}

async function keptToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw serviceTokenMissing(path, error instanceof Error && 'code' in error ? String(error.code) : 'unreadable')
  }
}

/** A service that listens on every address is on the loopback one too. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  const numeric = host === '::' ? '::1' : host
  return numeric.includes(':') ? `[${numeric}]` : numeric
}

/** One question to the service's API. */
export interface ServiceQuestion {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
}

/** @throws COMMAND_SERVICE_SILENT, COMMAND_SERVICE_BUSY, COMMAND_SERVICE_REFUSED */
export async function askService<Schema extends z.ZodType>(
  service: HttpService,
  question: ServiceQuestion,
  schema: Schema,
): Promise<z.output<Schema>> {
  const { status, answer } = await fetchJson(service, question)
  const known = schema.safeParse(answer)
  if (status < 400 && known.success) return known.data
  const refusal = refusalSchema.safeParse(answer)
  const reason = refusal.success ? refusal.data.message : `HTTP ${status}; another program may listen there.`
  throw status === 429 || status >= 500 ? serviceBusy(reason) : serviceRefused(reason)
}

async function fetchJson(
  service: HttpService,
  { method, path, body }: ServiceQuestion,
): Promise<{ status: number; answer: unknown }> {
  const headers = { Accept: 'application/json', ...authorizationHeaders(service.credentials) }
  try {
    const response = await fetch(service.url + path, {
      method,
      headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(service.timeoutMs),
    })
    return { status: response.status, answer: parseJsonText(await response.text()) }
  } catch (error) {
    throw serviceSilent(service.url, causeCode(error))
  }
}
