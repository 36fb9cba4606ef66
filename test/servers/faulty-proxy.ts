import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer, request as forwardRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * What goes wrong on the way:
 * - `none`: nothing
 * - `drop`: the connection is closed before the request is passed on
 * - `hang`: the request is swallowed and never answered
 * - `cut`: the request is passed on and carried out, and the connection is closed before its answer
 * - `status`: the proxy answers by itself, without passing on
 * - `delay`: the answer comes late
 */
export type Fault =
  | { readonly kind: 'none' | 'drop' | 'hang' | 'cut' }
  | { readonly kind: 'status'; readonly status: number }
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
    void answer(request, response, target.origin, handle.fault)
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
  const upstream = await forward(request, body, origin)
  if (fault.kind === 'cut') {
    request.socket.destroy()
    return
  }
  if (fault.kind === 'delay') await pause(fault.ms)
  response.writeHead(upstream.status, upstream.headers).end(upstream.body)
}

async function forward(
  request: IncomingMessage,
  body: Buffer,
  origin: string,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
  const headers = { ...request.headers, 'content-length': String(body.length) }
  delete headers['transfer-encoding']
  const outgoing = forwardRequest(origin + (request.url ?? '/'), { method: request.method, headers })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: incoming.statusCode ?? 502, headers: incoming.headers, body: await buffer(incoming) }
}
