import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { credentialsOf, httpService } from '../../clients/http/http-service.ts'
import type { TriageError } from '../../errors/triage-error.ts'
import type { Settings } from '../../settings/settings.ts'
import { serviceCertificateMissing, servicePortUnknown, serviceTokenMissing } from './service-client-errors.ts'
import type { ServiceAddress } from './service-request.ts'

/** Long, because the service reads every stored result before it answers a retraction. */
const timeoutMs = 60_000

/**
 * The service's address in the settings, with its token and certificate.
 * @throws COMMAND_PORT_UNKNOWN, COMMAND_TOKEN_MISSING, COMMAND_CERTIFICATE_MISSING
 */
export async function serviceAddress({ Http, StateDir }: Settings): Promise<ServiceAddress> {
  if (Http.Port === 0) throw servicePortUnknown()
  const Token = Http.Token ?? (await read(join(StateDir, 'token'), serviceTokenMissing)).trim()
  const certificate = Http.Tls && (await read(Http.Tls.CertificateFile, serviceCertificateMissing))
  const url = `${certificate === undefined ? 'http' : 'https'}://${reachableHost(Http.Host)}:${Http.Port}`
  const service = httpService({ name: 'the service', url, credentials: credentialsOf({ Token }), timeoutMs })
  return { ...service, certificate }
}

async function read(path: string, missing: (path: string, cause: string) => TriageError): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw missing(path, error instanceof Error && 'code' in error ? String(error.code) : 'unreadable')
  }
}

/** A service that listens on all addresses is reached at the loopback address. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  const numeric = host === '::' ? '::1' : host
  return numeric.includes(':') ? `[${numeric}]` : numeric
}
