import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { api } from 'dicomweb-client'
import { connectTimedOut } from './http/failures.ts'
import { type HttpService, authorizationHeaders } from './http/http-service.ts'
import { release } from '../pixels/release.ts'

/** An answer to STOW-RS: any status, with its body as text. */
export interface StowAnswer {
  readonly status: number
  readonly text: string
}

/**
 * Sends Part 10 files in one STOW-RS request (PS3.18 10.5) with dicomweb-client.
 * @throws the error of Node's client if there is no complete answer
 */
export async function postInstances(
  service: HttpService,
  files: readonly Uint8Array<ArrayBuffer>[],
): Promise<StowAnswer> {
  const client = new api.DICOMwebClient({
    url: service.url,
    headers: { Accept: 'application/dicom+json', ...authorizationHeaders(service.credentials) },
    // Its log contains whole requests, including Authorization.
    verbose: false,
    singlepart: false,
  })
  const request = new NodeRequest(service.timeoutMs)
  const datasets = files.map(wholeBuffer)
  // The client rejects on a status other than 2xx. The request object holds the status and body in both cases, or the
  // failure.
  await client.storeInstances({ datasets, request: { instance: request } }).catch(() => undefined)
  return request.answer()
}

/** The bytes in a buffer of their own. Results are already built in one, so a copy of several megabytes is rare. */
function wholeBuffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer
}

/**
 * The part of XMLHttpRequest that dicomweb-client uses, over Node's own client. fetch would copy the large body twice.
 * Existing implementations (xhr2) do not distinguish a refused connection from one cut after sending, which a retry
 * depends on.
 */
class NodeRequest {
  onreadystatechange: (() => void) | undefined
  readyState = 0
  responseType = 'text'
  status = 0
  response = ''
  readonly #timeoutMs: number
  readonly #headers: Record<string, string> = {}
  #method = ''
  #url = ''
  #responseHeaders: IncomingHttpHeaders = {}
  #failure: unknown

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  open(method: string, url: string): void {
    this.#method = method.toUpperCase()
    this.#url = url
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value
  }

  getResponseHeader(name: string): string | null {
    const value = this.#responseHeaders[name.toLowerCase()]
    return value === undefined ? null : String(value)
  }

  getAllResponseHeaders(): string {
    const lines = Object.entries(this.#responseHeaders).map(([name, value]) => `${name}: ${String(value)}\r\n`)
    return lines.join('')
  }

  send(body: ArrayBuffer): void {
    void this.#exchange(new Uint8Array(body)).then(() => {
      this.readyState = 4
      this.onreadystatechange?.()
    })
  }

  async #exchange(body: Uint8Array<ArrayBuffer>): Promise<void> {
    const signal = AbortSignal.timeout(this.#timeoutMs)
    try {
      const answer = await this.#post(body, signal)
      this.response = await text(answer)
      this.#responseHeaders = answer.headers
      this.status = answer.statusCode ?? 0
    } catch (error) {
      // If we abort, the error looks like a reset by the server.
      this.#failure = signal.aborted ? signal.reason : error
    }
  }

  /** Follows no redirect, because it could send our credentials or patient data to another server. */
  async #post(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const request = this.#url.startsWith('https:') ? httpsRequest : httpRequest
    const outgoing = request(this.#url, {
      method: this.#method,
      headers: { ...this.#headers, 'Accept-Encoding': 'identity', 'Content-Length': body.byteLength },
      signal,
    })
    outgoing.once('response', resolve)
    outgoing.on('error', reject)
    outgoing.once('socket', (socket) => {
      limitConnecting(socket, Math.min(mostConnectMs, this.#timeoutMs / 2))
    })
    // Not earlier, because the socket reads from it until then.
    outgoing.once('finish', () => {
      release(body)
    })
    outgoing.end(body)
    return promise
  }

  answer(): StowAnswer {
    if (this.#failure !== undefined) throw this.#failure as Error
    return { status: this.status, text: this.response }
  }
}

/** A server that does not accept a connection within this time is down. */
const mostConnectMs = 10_000

/** Ends a socket that is not connected in time, with an error that means that nothing was sent. */
function limitConnecting(socket: Socket, limitMs: number): void {
  if (!socket.connecting) return
  const timer = setTimeout(() => socket.destroy(connectTimedOut()), limitMs)
  const stop = () => {
    clearTimeout(timer)
  }
  socket.once('connect', stop).once('close', stop)
}
