import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { CommandOutput } from './command-output.ts'
import { type HttpService, authorizationHeaders, credentialsOf, httpService } from './http/service.ts'
import { parseJsonText } from './http/json.ts'
import { servicePortUnknown, serviceRefused, serviceSilent, serviceTokenMissing } from './retract-errors.ts'
import type { Settings } from './settings.ts'

const pollMs = 500
/** The service looks into every kept result before it answers. */
const timeoutMs = 60_000

const retractionSchema = z.object({
  model: z.string(),
  retractedAt: z.string(),
  pending: z.number(),
  done: z.number(),
  failed: z.number(),
  problems: z.array(z.object({ code: z.string(), reason: z.string() })),
})
type RetractionState = z.output<typeof retractionSchema>

const refusalSchema = z.object({ code: z.string(), message: z.string() })

/**
 * Asks the running service to retract a model, and follows it until every result was withdrawn or cannot be. Ended before that, the
 * service goes on by itself, and the same command looks again.
 * @returns whether all results were withdrawn
 * @throws RETRACT_*
 */
export async function retractModel(model: string, service: HttpService, output: CommandOutput): Promise<boolean> {
  let state = await ask(service, 'POST', '/api/retractions', { model })
  let told = ''
  while (state.pending > 0) {
    const words = describeProgress(state)
    if (words !== told) output.progress(words)
    told = words
    await delay(pollMs)
    state = await ask(service, 'GET', `/api/retractions/${state.model.split('/').map(encodeURIComponent).join('/')}`)
  }
  output.result({ ...state }, describeEnd(state))
  return state.failed === 0
}

/**
 * Where the settings say that the service listens, with its token.
 * @throws RETRACT_PORT_UNKNOWN, RETRACT_TOKEN_MISSING
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

async function ask(service: HttpService, method: string, path: string, body?: unknown): Promise<RetractionState> {
  const { status, answer } = await fetchJson(service, method, path, body)
  const state = retractionSchema.safeParse(answer)
  if (state.success) return state.data
  const refusal = refusalSchema.safeParse(answer)
  throw serviceRefused(refusal.success ? refusal.data.message : `HTTP ${status}; another program may listen there.`)
}

async function fetchJson(
  service: HttpService,
  method: string,
  path: string,
  body: unknown,
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
    throw serviceSilent(service.url, causeOf(error))
  }
}

/** A code where there is one: fetch wraps the socket's error. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  const inner = error.cause
  return inner instanceof Error && 'code' in inner ? String(inner.code) : error.name
}

function describeProgress({ pending, done, problems }: RetractionState): string {
  const reasons = problems.map(({ reason }) => ` Trying again: ${reason}`).join('')
  return `${done} withdrawn, ${pending} to go.${reasons}`
}

function describeEnd({ model, done, failed, problems }: RetractionState): string {
  const summary = `${model} is retracted and analyses nothing any more. ${results(done)} withdrawn.`
  if (failed === 0) return summary
  const reasons = problems.map(({ code, reason }) => `\n  ${reason} [${code}]`).join('')
  return `${summary} ${results(failed)} could not be withdrawn; mend this and ask again:${reasons}`
}

function results(count: number): string {
  return count === 1 ? '1 result' : `${count} results`
}
