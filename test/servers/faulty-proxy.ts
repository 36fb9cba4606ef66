import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer, request as forwardRequest } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * A fault that the proxy injects:
 * - `none`: no fault
 * - `drop`: closes the connection without forwarding the request
 * - `hang`: neither forwards nor answers the request
 * - `cut`: forwards the request and closes the connection without a response
 * - `cut-request`: forwards the first `bytes` of the request, header included, and closes both connections
 * - `cut-answer`: forwards the request, and returns the first `bytes` of the response, header included
 * - `mute`: forwards the request and never answers
 * - `status`: answers with a status without forwarding
 * - `replace`: forwards the request and answers with a status of its own
 * - `delay`: forwards the request and delays the response by milliseconds, or until a promise settles
 */
export type Fault =
  | { readonly kind: 'none' | 'drop' | 'hang' | 'cut' | 'mute' }
  | { readonly kind: 'cut-request' | 'cut-answer'; readonly bytes: (message: Buffer) => number }
  | { readonly kind: 'status' | 'replace'; readonly status: number }
  | { readonly kind: 'delay'; readonly by: number | ((method: string | undefined) => Promise<unknown> | undefined) }

/** A reverse proxy with a configurable fault. */
export interface FaultyProxy {
  readonly url: string
  fault: Fault
  /** Whether a request suffers the fault; by default every request does. */
  affects: (method: string | undefined, path: string | undefined) => boolean
  /** Number of received requests, including failed ones. */
  readonly requestCount: number
  stop(): Promise<void>
}

/** Starts a proxy for a server on a free loopback port. */
export async function startFaultyProxy(targetUrl: string): Promise<FaultyProxy> {
  const target = new URL(targetUrl)
  let requestCount = 0
  const proxy = createServer((request, response) => {
    requestCount++
    // If one side breaks off mid-message, the connection to the other side is closed.
    const fault: Fault = handle.affects(request.method, request.url) ? handle.fault : { kind: 'none' }
    answer(request, response, target.origin, fault).catch(() => request.socket.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  const handle = {
    url: `http://127.0.0.1:${port}${target.pathname.replace(/\/$/, '')}`,
    fault: { kind: 'none' } as Fault,
    affects: (() => true) as FaultyProxy['affects'],
    get requestCount() {
      return requestCount
    },
    stop: async () => {
      proxy.closeAllConnections()
      proxy.close()
      await once(proxy, 'close')
    },
  }
  return handle
}

async function answer(request: IncomingMessage, response: ServerResponse, origin: string, fault: Fault): Promise<void> {
  if (fault.kind === 'drop') {
    request.socket.destroy()
    return
  }
  const body = await buffer(request)
  if (fault.kind === 'hang') return
  if (fault.kind === 'status') {
    response.writeHead(fault.status).end()
    return
  }
  if (fault.kind === 'cut-request') {
    const message = rawRequest(request, body)
    await passOn(message.subarray(0, fault.bytes(message)), origin)
    request.socket.destroy()
    return
  }
  const upstream = await forward(request, body, origin)
  switch (fault.kind) {
    case 'cut':
      request.socket.destroy()
      return
    case 'cut-answer': {
      const message = rawAnswer(upstream)
      request.socket.end(message.subarray(0, fault.bytes(message)))
      return
    }
    case 'mute':
      return
    case 'replace':
      response.writeHead(fault.status).end()
      return
    case 'delay':
      await (typeof fault.by === 'number' ? pause(fault.by) : fault.by(request.method))
      break
    case 'none':
  }
  response.writeHead(upstream.status, upstream.headers).end(upstream.body)
}

interface Upstream {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

function rawRequest({ method, url, headers }: IncomingMessage, body: Buffer): Buffer {
  return rawMessage(`${method ?? 'GET'} ${url ?? '/'} HTTP/1.1`, headers, body)
}

function rawAnswer({ status, headers, body }: Upstream): Buffer {
  return rawMessage(`HTTP/1.1 ${status} As-Upstream`, headers, body)
}

/** An HTTP/1.1 message (RFC 9112 2.1) with Content-Length, even if the body arrived chunked. */
function rawMessage(startLine: string, headers: IncomingMessage['headers'], body: Buffer): Buffer {
  const fields = { ...headers, 'content-length': String(body.length) }
  delete fields['transfer-encoding']
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}`)
  return Buffer.concat([Buffer.from(`${[startLine, ...lines].join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

/** Sends bytes and closes the connection. Resolves after the connection is closed. */
async function passOn(bytes: Buffer, origin: string): Promise<void> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  // The server may reset a connection with an incomplete request.
  socket.on('error', () => undefined)
  socket.end(bytes)
  socket.resume()
  await once(socket, 'close')
}

async function forward(request: IncomingMessage, body: Buffer, origin: string): Promise<Upstream> {
  const headers = { ...request.headers, 'content-length': String(body.length) }
  delete headers['transfer-encoding']
  const outgoing = forwardRequest(origin + (request.url ?? '/'), { method: request.method, headers })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: incoming.statusCode ?? 502, headers: incoming.headers, body: await buffer(incoming) }
}
