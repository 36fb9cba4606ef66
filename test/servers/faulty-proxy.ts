import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer, request as forwardRequest } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * What goes wrong on the way:
 * - `none`: nothing
 * - `drop`: the connection is closed before the request is passed on
 * - `hang`: the request is swallowed and never answered
 * - `cut`: the request is passed on and carried out, and the connection is closed before its answer
 * - `cut-request`: only the first `bytes` of the request, its header included, are passed on, and both connections are closed
 * - `cut-answer`: the request is carried out, and only the first `bytes` of its answer, header included, come through
 * - `mute`: the request is passed on and carried out, and never answered
 * - `status`: the proxy answers by itself, without passing on
 * - `replace`: the request is passed on and carried out, and answered with a status of the proxy's own
 * - `delay`: the answer comes late
 */
export type Fault =
  | { readonly kind: 'none' | 'drop' | 'hang' | 'cut' | 'mute' }
  | { readonly kind: 'cut-request' | 'cut-answer'; readonly bytes: (message: Buffer) => number }
  | { readonly kind: 'status' | 'replace'; readonly status: number }
  | { readonly kind: 'delay'; readonly ms: number }

/** A reverse proxy that fails as told. */
export interface FaultyProxy {
  readonly url: string
  fault: Fault
  /** Requests that came in, whatever became of them. */
  readonly requestCount: number
  stop(): Promise<void>
}

/** Puts a proxy on a free loopback port in front of a server. */
export async function startFaultyProxy(targetUrl: string): Promise<FaultyProxy> {
  const target = new URL(targetUrl)
  let requestCount = 0
  const proxy = createServer((request, response) => {
    requestCount++
    // Either side may be gone in the middle, killed or stopped; the other then finds its connection closed.
    answer(request, response, target.origin, handle.fault).catch(() => request.socket.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  const handle = {
    url: `http://127.0.0.1:${port}${target.pathname.replace(/\/$/, '')}`,
    fault: { kind: 'none' } as Fault,
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
      await pause(fault.ms)
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

/** RFC 9112 2.1; a body of known length, whatever way it came. */
function rawMessage(startLine: string, headers: IncomingMessage['headers'], body: Buffer): Buffer {
  const fields = { ...headers, 'content-length': String(body.length) }
  delete fields['transfer-encoding']
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}`)
  return Buffer.concat([Buffer.from(`${[startLine, ...lines].join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

/** Sends bytes and closes the connection; all of them have left when this ends. */
async function passOn(bytes: Buffer, origin: string): Promise<void> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  // The server may close a connection that brings half a request.
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
