import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TriageError } from '../errors.ts'
import { causeCode, isCertificateFailure } from '../clients/http/failures.ts'
import { credentialsOf, httpService } from '../clients/http/http-service.ts'
import { parseJsonText } from '../clients/http/json.ts'
import {
  serviceBusy,
  serviceCertificateDiffers,
  serviceCertificateMissing,
  servicePortUnknown,
  serviceRefused,
  serviceSilent,
  serviceTokenMissing,
} from './running-service-errors.ts'
import { type RunningService, type ServiceQuestion, askPinned } from './running-service-request.ts'
import type { Settings } from '../settings/settings.ts'

/** Commands that ask the running service: it alone holds queue and state. */

/** It looks into every kept result before it answers that a model is retracted. */
const timeoutMs = 60_000

const refusalSchema = z.object({ code: z.string(), message: z.string() })

/**
 * Where the settings say that the service listens, with its token.
 * @throws COMMAND_PORT_UNKNOWN, COMMAND_TOKEN_MISSING, COMMAND_CERTIFICATE_MISSING
 */
export async function runningService({ Http, StateDir }: Settings): Promise<RunningService> {
  if (Http.Port === 0) throw servicePortUnknown()
  const Token = Http.Token ?? (await keptToken(join(StateDir, 'token')))
  const certificate = Http.Tls && (await keptCertificate(Http.Tls.CertificateFile))
  const url = `${certificate === undefined ? 'http' : 'https'}://${reachableHost(Http.Host)}:${Http.Port}`
  const service = httpService({ name: 'the service', url, credentials: credentialsOf({ Token }), timeoutMs })
  return { ...service, certificate }
}

async function keptCertificate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw serviceCertificateMissing(path, error instanceof Error && 'code' in error ? String(error.code) : 'unreadable')
  }
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

/** @throws COMMAND_SERVICE_SILENT, COMMAND_SERVICE_BUSY, COMMAND_SERVICE_REFUSED, COMMAND_CERTIFICATE_DIFFERS */
export async function askService<Schema extends z.ZodType>(
  service: RunningService,
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
  service: RunningService,
  question: ServiceQuestion,
): Promise<{ status: number; answer: unknown }> {
  try {
    const { status, text } = await askPinned(service, question)
    return { status, answer: parseJsonText(text) }
  } catch (error) {
    if (error instanceof TriageError) throw error
    const code = causeCode(error)
    throw isCertificateFailure(code) ? serviceCertificateDiffers(service.url, code) : serviceSilent(service.url, code)
  }
}
