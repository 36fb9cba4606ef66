import { once } from 'node:events'
import { Server } from 'node-hl7-server'
import { freePort } from '../../src/demo/free-port.ts'

/** A third-party HL7 v2 engine that receives messages over MLLP, parses and acknowledges them. */
export interface Hl7Receiver {
  readonly port: number
  /** Received messages in order, as read by its parser. */
  readonly messages: readonly ReceivedMessage[]
  stop(): Promise<void>
}

export interface ReceivedMessage {
  /** Unescaped value at a path, for example `PID.5.1`. */
  get(path: string): { toString(): string }
  /** The whole message as text. */
  toString(): string
}

/** Starts a receiver on a loopback port, by default a free one; over TLS if a key and certificate are given. */
export async function startHl7Receiver(
  tls?: { readonly key: Buffer; readonly cert: Buffer },
  givenPort?: number,
): Promise<Hl7Receiver> {
  const port = givenPort ?? (await freePort())
  const messages: ReceivedMessage[] = []
  const server = new Server({
    bindAddress: '127.0.0.1',
    ...(tls !== undefined && { tls: { ...tls, requestCert: false } }),
  })
  const inbound = server.createInbound({ port }, (request, response) => {
    messages.push(request.getMessage())
    void response.sendResponse('AA')
  })
  await once(inbound, 'listen')
  return {
    port,
    messages,
    stop: async () => {
      await inbound.close()
    },
  }
}
