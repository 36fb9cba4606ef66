import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'

/** The action of a receiver after a complete message. */
export type Script = (socket: Socket, message: string) => void

/** A TCP server that receives MLLP blocks and runs a script for each, which may violate the protocol. */
export interface ScriptedReceiver {
  readonly port: number
  script: Script
  /** Messages of complete blocks. */
  readonly messages: readonly string[]
  stop(): Promise<void>
}

export async function startScriptedReceiver(): Promise<ScriptedReceiver> {
  const messages: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let received = ''
    socket.on('error', () => socket.destroy())
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text
      if (!received.endsWith('\x1c\r')) return
      const message = received.slice(1, -2)
      received = ''
      messages.push(message)
      handle.script(socket, message)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const handle = {
    port: (server.address() as AddressInfo).port,
    script: ((socket) => socket.destroy()) as Script,
    messages,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return handle
}

/** An acknowledgement in its MLLP block. */
export function acknowledgement(code: string, controlId: string, ...errors: readonly string[]): string {
  const segments = [
    'MSH|^~\\&|RIS|H|LUNGTRIAGE||20260301091531||ACK^R01^ACK|1|P|2.5.1',
    `MSA|${code}|${controlId}`,
    ...errors,
  ]
  return `\x0b${segments.join('\r')}\r\x1c\r`
}

/** MSH-10 of a message. */
export function controlIdIn(message: string): string {
  return message.split('|')[9] ?? ''
}
