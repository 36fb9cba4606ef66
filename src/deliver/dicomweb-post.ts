import { api } from 'dicomweb-client'
import { type HttpService, authorizationHeaders } from '../http/service.ts'

/** An answer to STOW-RS: any status, and its body as text. */
export interface StowAnswer {
  readonly status: number
  readonly text: string
}

/**
 * Sends Part 10 files in one STOW-RS request (PS3.18 10.5) with dicomweb-client.
 * @throws what fetch throws when there is no whole answer
 */
export async function postInstances(
  service: HttpService,
  files: readonly Uint8Array<ArrayBuffer>[],
): Promise<StowAnswer> {
  const client = new api.DICOMwebClient({
    url: service.url,
    headers: { Accept: 'application/dicom+json', ...authorizationHeaders(service.credentials) },
    // Its log holds whole requests, Authorization and all.
    verbose: false,
    singlepart: false,
  })
  const request = new FetchedRequest(service.timeoutMs)
  const datasets = files.map(wholeBuffer)
  // The client rejects for a status that is not 2xx; the request itself knows status and body of both, and why there is neither.
  await client.storeInstances({ datasets, request: { instance: request } }).catch(() => undefined)
  return request.answer()
}

/** The bytes as a buffer of their own; results are built in one, so that megabytes are seldom copied. */
function wholeBuffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer
}

/**
 * The part of XMLHttpRequest that dicomweb-client uses, over fetch. Ready-made ones (xhr2) do not tell a refused connection from one
 * cut after everything was sent, and a retry depends on that.
 */
class FetchedRequest {
  onreadystatechange: (() => void) | undefined
  readyState = 0
  responseType = 'text'
  status = 0
  response = ''
  readonly #timeoutMs: number
  readonly #headers = new Headers()
  #method = ''
  #url = ''
  #responseHeaders = new Headers()
  #failure: unknown

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  open(method: string, url: string): void {
    this.#method = method.toUpperCase()
    this.#url = url
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.set(name, value)
  }

  getResponseHeader(name: string): string | null {
    return this.#responseHeaders.get(name)
  }

  getAllResponseHeaders(): string {
    return [...this.#responseHeaders].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  }

  send(body: ArrayBuffer): void {
    void this.#fetch(body).then(() => {
      this.readyState = 4
      this.onreadystatechange?.()
    })
  }

  async #fetch(body: ArrayBuffer): Promise<void> {
    try {
      const response = await fetch(this.#url, {
        method: this.#method,
        headers: this.#headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#timeoutMs),
      })
      this.response = await response.text()
      this.#responseHeaders = response.headers
      this.status = response.status
    } catch (error) {
      this.#failure = error
    }
  }

  answer(): StowAnswer {
    if (this.#failure !== undefined) throw this.#failure as Error
    return { status: this.status, text: this.response }
  }
}
