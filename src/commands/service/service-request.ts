import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { type RequestOptions, request as httpsRequest } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import { type HttpService, authorizationHeaders } from '../../clients/http/http-service.ts'
import { serviceCertificateDiffers } from './service-client-errors.ts'

/** Address of a service and the certificate that identifies it. */
export interface ServiceAddress extends HttpService {
  /** The certificate that it must present, as PEM; undefined without TLS. */
  readonly certificate: string | undefined
}

/** One request to the service's API. */
export interface ServiceQuestion {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  /** By default that of the service's address. */
  readonly timeoutMs?: number
}

/**
 * Sends a request to the service. Over TLS the service must present exactly the certificate of the settings. Issuer and
 * host name are not checked, because commands use the listening address and not the host name of the certificate.
 */
export async function askPinned(
  service: ServiceAddress,
  { method, path, body, timeoutMs = service.timeoutMs }: ServiceQuestion,
): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { Accept: 'application/json', ...authorizationHeaders(service.credentials) }
  const sent = open(service, path, {
    method,
    headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  })
  const answered = once(sent, 'response')
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = (await answered) as [IncomingMessage]
  return { status: response.statusCode ?? 0, text: await textOf(response) }
}

function open({ url, certificate }: ServiceAddress, path: string, options: RequestOptions): ClientRequest {
  if (certificate === undefined) return httpRequest(url + path, options)
  const expected = new X509Certificate(certificate).fingerprint256
  return httpsRequest(url + path, {
    ...options,
    ca: certificate,
    // Trust the certificate itself, without its issuer.
    allowPartialTrustChain: true,
    checkServerIdentity: (_host, shown) =>
      shown.fingerprint256 === expected ? undefined : serviceCertificateDiffers(url, 'another certificate'),
  })
}
