import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A receiver of OTLP over HTTP. */
export interface TraceReceiver {
  /** Address for traces. */
  readonly url: string
  /** Bodies of the received requests, in order. */
  readonly bodies: readonly string[]
  stop(): void
}

/** Starts a receiver on a free loopback port. */
export async function startTraceReceiver(): Promise<TraceReceiver> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body)
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    bodies,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
