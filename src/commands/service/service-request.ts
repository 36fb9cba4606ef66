import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { type RequestOptions, request as httpsRequest } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import { type HttpService, authorizationHeaders } from '../../clients/http/http-service.ts'
import { serviceCertificateDiffers } from './service-client-errors.ts'

/** Where a service answers, and how it is recognised. */
export interface ServiceAddress extends HttpService {
  /** The certificate that it must show, as PEM; undefined where it speaks no TLS. */
  readonly certificate: string | undefined
}

/** One question to the service's API. */
export interface ServiceQuestion {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
}

/**
 * Asks the service. Over TLS it must show the very certificate that the settings name, whoever signed it and for whichever name:
 * commands reach it by the address that it listens on, which is hardly the name that browsers know.
 */
export async function askPinned(
  service: ServiceAddress,
  { method, path, body }: ServiceQuestion,
): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { Accept: 'application/json', ...authorizationHeaders(service.credentials) }
  const sent = open(service, path, {
    method,
    headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
    signal: AbortSignal.timeout(service.timeoutMs),
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
    // A certificate that somebody else signed is trusted by itself, without its authority.
    allowPartialTrustChain: true,
    checkServerIdentity: (_host, shown) =>
      shown.fingerprint256 === expected ? undefined : serviceCertificateDiffers(url, 'another certificate'),
  })
}
