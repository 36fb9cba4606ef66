import { once } from 'node:events'
import { type Socket, connect as connectTcp, isIP } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { TriageError } from '../errors/triage-error.ts'
import { causeCode, isCertificateFailure } from '../clients/http/failures.ts'
import { messageUnconfirmed, receiverNotTrusted, receiverUnreachable } from './hl7-errors.ts'

/**
 * The Minimal Lower Layer Protocol, release 1: a message between three bytes. It stands here because the clients that libraries have
 * either speak no TLS or leave a message unanswered for ever when its connection is cut, and all of them write a message anew.
 */

/** Who takes HL7 v2 messages. */
export interface MllpReceiver {
  readonly host: string
  readonly port: number
  readonly transport: 'tcp' | 'tls'
  /** Longest time for one whole exchange. */
  readonly timeoutMs: number
}

const startOfBlock = 0x0b
const endOfBlock = 0x1c
const carriageReturn = 0x0d

/** An acknowledgement has some hundred bytes. */
const maxAnswerBytes = 64 * 1024

/** What messages call a receiver. */
export function describeReceiver({ host, port }: MllpReceiver): string {
  return `The HL7 receiver at ${host}:${port}`
}

/**
 * Sends one message over a connection of its own and waits for the answer to it.
 * @param message must not hold the bytes that MLLP frames with; HL7 escapes them
 * @returns the first block that comes back
 * @throws DELIVER_HL7_UNREACHABLE and DELIVER_HL7_NOT_TRUSTED before anything was sent, DELIVER_HL7_UNCONFIRMED after
 */
export async function exchangeBlock(receiver: MllpReceiver, message: Uint8Array): Promise<string> {
  const { socket, ready } = open(receiver)
  const progress = { sent: false }
  socket.once(ready, () => {
    progress.sent = true
    socket.write(Buffer.concat([Buffer.of(startOfBlock), message, Buffer.of(endOfBlock, carriageReturn)]))
  })
  try {
    return await firstBlock(receiver, socket)
  } catch (thrown) {
    throw progress.sent ? unconfirmed(receiver, thrown) : notConnected(receiver, thrown)
  } finally {
    socket.destroy()
  }
}

/**
 * Connects and hangs up.
 * @throws DELIVER_HL7_UNREACHABLE, DELIVER_HL7_NOT_TRUSTED
 */
export async function reachReceiver(receiver: MllpReceiver): Promise<void> {
  const { socket, ready } = open(receiver)
  try {
    await once(socket, ready)
  } catch (thrown) {
    throw notConnected(receiver, thrown)
  } finally {
    socket.destroy()
  }
}

/** A socket that is on its way, and the event that says it has arrived. */
function open({ host, port, transport, timeoutMs }: MllpReceiver): { socket: Socket; ready: string } {
  const socket = transport === 'tls' ? connectTls({ host, port, ...serverName(host) }) : connectTcp({ host, port })
  addAbortSignal(AbortSignal.timeout(timeoutMs), socket)
  return { socket, ready: transport === 'tls' ? 'secureConnect' : 'connect' }
}

/** Many receivers share an address and choose their certificate by name (RFC 6066, 3), which an address is not. */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {}
}

async function firstBlock(receiver: MllpReceiver, socket: Socket): Promise<string> {
  let received = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk])
    const start = received.indexOf(startOfBlock)
    const end = received.indexOf(endOfBlock, Math.max(start, 0))
    if (start >= 0 && end >= 0) return received.toString('utf8', start + 1, end)
    if (received.length > maxAnswerBytes)
      throw messageUnconfirmed(describeReceiver(receiver), 'its answer does not end')
  }
  throw messageUnconfirmed(describeReceiver(receiver), 'it hung up before a whole answer')
}

function unconfirmed(receiver: MllpReceiver, thrown: unknown): TriageError {
  return thrown instanceof TriageError
    ? thrown
    : messageUnconfirmed(describeReceiver(receiver), causeOf(receiver, thrown))
}

function notConnected(receiver: MllpReceiver, thrown: unknown): TriageError {
  const cause = causeOf(receiver, thrown)
  if (isCertificateFailure(cause)) return receiverNotTrusted(describeReceiver(receiver), cause)
  return receiverUnreachable(describeReceiver(receiver), cause)
}

function causeOf({ timeoutMs }: MllpReceiver, thrown: unknown): string {
  if (thrown instanceof Error && thrown.name === 'AbortError') return `no answer within ${timeoutMs} ms`
  return causeCode(thrown)
}
