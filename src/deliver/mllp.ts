import { once } from 'node:events'
import { type Socket, connect as connectTcp, isIP } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { TriageError } from '../errors/triage-error.ts'
import { causeCode, isCertificateFailure } from '../clients/http/failures.ts'
import { messageUnconfirmed, receiverNotTrusted, receiverUnreachable } from './hl7-errors.ts'

/**
 * Minimal Lower Layer Protocol, release 1: frames a message with three bytes. Existing client libraries lack TLS or
 * never settle when the connection drops, and they all re-encode the message.
 */

/** A receiver of HL7 v2 messages. */
export interface MllpReceiver {
  readonly host: string
  readonly port: number
  readonly transport: 'tcp' | 'tls'
  /** Time limit of one exchange. */
  readonly timeoutMs: number
}

const startOfBlock = 0x0b
const endOfBlock = 0x1c
const carriageReturn = 0x0d

/** An acknowledgement has a few hundred bytes. */
const maxAnswerBytes = 64 * 1024

/** The receiver's name in errors. */
export function describeReceiver({ host, port }: MllpReceiver): string {
  return `The HL7 receiver at ${host}:${port}`
}

/**
 * Sends one message over its own connection and waits for the response.
 * @param message must not contain the framing bytes of MLLP; HL7 escapes them
 * @returns the first block received
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
  }
}

/**
 * Connects and disconnects.
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

/** A connecting socket, and the event that reports the connection. */
function open({ host, port, transport, timeoutMs }: MllpReceiver): { socket: Socket; ready: string } {
  const socket = transport === 'tls' ? connectTls({ host, port, ...serverName(host) }) : connectTcp({ host, port })
  addAbortSignal(AbortSignal.timeout(timeoutMs), socket)
  return { socket, ready: transport === 'tls' ? 'secureConnect' : 'connect' }
}

/**
 * Receivers that share an address choose their certificate by server name (RFC 6066, 3), which must not be an IP
 * address.
 */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {}
}

/** Leaving the loop over the socket destroys it. */
async function firstBlock(receiver: MllpReceiver, socket: Socket): Promise<string> {
  let received = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk])
    const start = received.indexOf(startOfBlock)
    const end = received.indexOf(endOfBlock, Math.max(start, 0))
    if (start >= 0 && end >= 0) return received.toString('utf8', start + 1, end)
    if (received.length > maxAnswerBytes)
      throw messageUnconfirmed(describeReceiver(receiver), 'its response is longer than 64 KiB')
  }
  throw messageUnconfirmed(describeReceiver(receiver), 'it closed the connection before the response was complete')
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
