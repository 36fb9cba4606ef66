import { expect } from 'chai'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { MllpSender } from '../../src/deliver/hl7-sender.ts'
import { type MllpReceiver, reachReceiver } from '../../src/deliver/mllp.ts'
import { SendOnce } from '../../src/deliver/send-once.ts'
import { freePort } from '../../src/demo/free-port.ts'
import { trustCertificateAuthorities } from '../../src/clients/http/certificate-authorities.ts'
import { oruMessage } from '../../src/report/hl7/oru.ts'
import { SqliteStore } from '../../src/service/store/sqlite/sqlite-store.ts'
import { analysed, imagePrediction, patient, predictionOf, sourceHeader } from '../report/fixtures.ts'
import { inTempDir } from '../service/fixtures.ts'
import { selfSignedCertificate } from '../servers/certificates.ts'
import { failureOf } from '../servers/failure-of.ts'
import { type Hl7Receiver, startHl7Receiver } from '../servers/hl7-receiver.ts'
import {
  type ScriptedReceiver,
  acknowledgement,
  controlIdIn,
  startScriptedReceiver,
} from '../servers/scripted-receiver.ts'

const parties = {
  sendingApplication: 'LUNGTRIAGE',
  sendingFacility: 'CLINIC',
  receivingApplication: 'RIS',
  receivingFacility: 'H',
}
const message = oruMessage(predictionOf.present(), 'ab12'.repeat(16), parties)
const receiverAt = (port: number, timeoutMs = 5000): MllpReceiver => ({
  host: '127.0.0.1',
  port,
  transport: 'tcp',
  timeoutMs,
})

/** An acknowledgement with two errors in two segments, and with them exchanged. */
function bothOrders(code: string, one: string, other: string, failureClass: 'permanent' | 'transient') {
  const orders = [
    [one, other],
    [other, one],
  ] as const
  return orders.map((errors) => {
    const segments = errors.map((error) => `ERR|||${error}^HL70357|E`)
    return [
      `${code}, ${errors.join(' and ')}`,
      acknowledgement(code, message.controlId, ...segments),
      failureClass,
    ] as const
  })
}

describe('sending HL7 v2 to a third-party receiver', () => {
  let receiver: Hl7Receiver
  before(async () => {
    receiver = await startHl7Receiver()
  })
  after(() => receiver.stop())
  const received = () => receiver.messages.at(-1)!

  it('is acknowledged, and transmits every letter of the name', async () => {
    await new MllpSender(receiverAt(receiver.port)).send(message)
    expect(received().get('MSH.10').toString()).to.equal(message.controlId)
    expect(received().get('PID.3.1').toString()).to.equal(patient.id)
    expect([received().get('PID.5.1').toString(), received().get('PID.5.2').toString()]).to.deep.equal([
      'Nguyễn',
      'Thị Mây',
    ])
    expect(received().toString()).to.contain('~阮^氏雲^')
  })

  it('keeps hostile values inside their field', async () => {
    const name = 'A|B~C\rPID|1||X\x1c\r\x0bMSH\\&^D'
    const source = sourceHeader({ attributes: { '00100010': { vr: 'PN', Value: [{ Alphabetic: name }] } } })
    const count = receiver.messages.length
    await new MllpSender(receiverAt(receiver.port)).send(
      oruMessage(analysed([imagePrediction()], { source }), 'cd34'.repeat(16), parties),
    )
    expect(receiver.messages.length).to.equal(count + 1)
    expect(received().get('PID.3.1').toString()).to.equal(patient.id)
    expect(received().get('OBX.3.1').toString(), 'the segments behind it').to.not.equal('')
  })
})

describe('sending HL7 v2 over TLS', () => {
  let dir: string
  const trustedBefore = getCACertificates('default')
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-hl7-'))
  })
  after(async () => {
    setDefaultCACertificates(trustedBefore)
    await rm(dir, { recursive: true })
  })

  it("trusts only the hospital's own authority once it is set", async () => {
    const { CertificateFile, KeyFile } = await selfSignedCertificate(dir, 'receiver')
    const receiver = await startHl7Receiver({ key: await readFile(KeyFile), cert: await readFile(CertificateFile) })
    try {
      const endpoint = { ...receiverAt(receiver.port), transport: 'tls' } as const
      const failure = await failureOf(new MllpSender(endpoint).send(message))
      expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_HL7_NOT_TRUSTED', 'permanent'])
      expect(receiver.messages).to.deep.equal([])
      await trustCertificateAuthorities([CertificateFile])
      await new MllpSender(endpoint).send(message)
      await reachReceiver(endpoint)
      expect(receiver.messages).to.have.length(1)
    } finally {
      await receiver.stop()
    }
  })
})

describe('sending HL7 v2 over TLS to a receiver that shares its address with others', () => {
  /** The server name that a connection to `host` asks for: text, or false if none. */
  const nameAskedFor = async (host: string) => {
    const asked = Promise.withResolvers<string | false | null>()
    const server = createTlsServer({}, () => undefined)
    server.on('tlsClientError', (_error, socket) => {
      asked.resolve(socket.servername)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    try {
      await failureOf(reachReceiver({ ...receiverAt((server.address() as AddressInfo).port), host, transport: 'tls' }))
      return await asked.promise
    } finally {
      server.close()
    }
  }

  // RFC 6066, 3: "Literal IPv4 and IPv6 addresses are not permitted".
  it('names the host, but not an address', async () => {
    expect(await nameAskedFor('localhost')).to.equal('localhost')
    expect(await nameAskedFor('127.0.0.1')).to.be.oneOf([false, null, undefined])
  })
})

describe('sending HL7 v2 to a failing receiver', () => {
  let receiver: ScriptedReceiver
  beforeEach(async () => {
    receiver = await startScriptedReceiver()
  })
  afterEach(() => receiver.stop())
  const send = (timeoutMs = 5000) => new MllpSender(receiverAt(receiver.port, timeoutMs)).send(message)
  const answer = (text: string) => {
    receiver.script = (socket) => socket.end(text)
  }

  it('is transient if no receiver listens', async () => {
    const nowhere = receiverAt(await freePort())
    for (const attempt of [new MllpSender(nowhere).send(message), reachReceiver(nowhere)]) {
      const failure = await failureOf(attempt)
      expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_HL7_UNREACHABLE', 'transient'])
      expect(failure.message).to.contain(`127.0.0.1:${nowhere.port}`)
    }
  })

  const id = message.controlId
  for (const [title, text, failureClass] of [
    ['AE', acknowledgement('AE', id), 'transient'],
    ['CE', acknowledgement('CE', id), 'transient'],
    ['AE, unknown patient', acknowledgement('AE', id, 'ERR|||204^Unknown key^HL70357|E'), 'transient'],
    ['AE, missing field', acknowledgement('AE', id, 'ERR||PID^1^3|101^Required field missing^HL70357|E'), 'permanent'],
    [
      'AE, data type error in the form of 2.3',
      acknowledgement('AE', id, 'ERR|OBX^2^5^102&Data type error'),
      'permanent',
    ],
    [
      'AE, unknown patient and data type error in the form of 2.3',
      acknowledgement('AE', id, 'ERR|PID^1^3^204&Unknown key~OBX^2^5^102&Data type error'),
      'permanent',
    ],
    ['AE, an error segment without fields', acknowledgement('AE', id, 'ERR'), 'transient'],
    ['AR', acknowledgement('AR', id), 'permanent'],
    ['CR', acknowledgement('CR', id), 'permanent'],
    ['AR, version', acknowledgement('AR', id, 'ERR|||203^Unsupported version^HL70357|E'), 'permanent'],
    ['AR, internal error', acknowledgement('AR', id, 'ERR|||207^Application internal error^HL70357|E'), 'transient'],
    ...bothOrders('AE', '101^Required field missing', '207^Application internal error', 'permanent'),
    ...bothOrders('AE', '204^Unknown key', '206^Record locked', 'transient'),
    ...bothOrders('AR', '101^Required field missing', '207^Application internal error', 'permanent'),
    ...bothOrders('AR', '205^Duplicate key', '206^Record locked', 'permanent'),
    ...bothOrders('AR', '206^Record locked', '207^Application internal error', 'transient'),
    ['an acknowledgement of a different message', acknowledgement('AA', 'OTHER'), 'ambiguous'],
    ['an acknowledgement without a control ID', acknowledgement('AA', ''), 'ambiguous'],
    ['an unknown code', acknowledgement('XX', id), 'ambiguous'],
    ['text before the first segment', acknowledgement('AA', id).replace('\x0b', '\x0bx\r'), 'ambiguous'],
    ['a block that is not HL7', '\x0bhello\x1c\r', 'ambiguous'],
    ['an empty block', '\x0b\x1c\r', 'ambiguous'],
    ['no block', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'ambiguous'],
    ['nothing', '', 'ambiguous'],
    ['an endless block', '\x0b'.padEnd(200_000, 'x'), 'ambiguous'],
  ] as const) {
    it(`classifies as ${failureClass}: ${title}`, async () => {
      answer(text)
      const failure = await failureOf(send())
      expect(failure.failureClass).to.equal(failureClass)
      expect(failure.message).to.contain(`127.0.0.1:${receiver.port}`).and.to.not.contain(patient.id)
    })
  }

  it("omits the receiver's text, which may quote patient data, from errors", async () => {
    answer(acknowledgement('AE', `${id}|planted^name`, 'ERR|||207^planted|E||||planted^name', 'ERR|||planted101'))
    const failure = await failureOf(send())
    expect(`${failure.message} ${failure.stack ?? ''}`)
      .to.match(/AE, error 207(?!,)/)
      .and.to.not.contain('planted')
  })

  it('reports an acknowledgement without errors by its code alone', async () => {
    answer(acknowledgement('AE', id))
    expect((await failureOf(send())).message).to.match(/\bAE\b(?!, error)/)
  })

  it('reads past the end of an earlier block', async () => {
    receiver.script = (socket, sent) => void socket.write(`\x1c\r${acknowledgement('AA', controlIdIn(sent))}`)
    await send()
  })

  it('closes the connection after a message and after a test of the address', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket
        .resume()
        .on('error', () => undefined)
        .write(acknowledgement('AA', id))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    // Its time-out, which would close them too, comes after that of the test.
    const address = receiverAt((server.address() as AddressInfo).port, 60_000)
    await new MllpSender(address).send(message)
    await reachReceiver(address)
    // Ends only once every connection is closed.
    await once(server.close(), 'close')
    expect(connections).to.equal(2)
  })

  it('ends with a reason once the response is longer than 64 KiB, without waiting for its end', async () => {
    receiver.script = (socket) => void socket.write('\x0b'.padEnd(65_537, 'x'))
    expect((await failureOf(send())).message).to.contain('its response is longer than 64 KiB')
  })

  it('reports all errors of an acknowledgement by their codes', async () => {
    answer(acknowledgement('AE', id, 'ERR|||101^Required field missing^HL70357|E', 'ERR|||102^Data type^HL70357|E'))
    expect((await failureOf(send())).message).to.contain('AE, error 101, 102')
  })

  for (const code of ['AA', 'CA']) {
    it(`is stored after ${code}, however it is split into packets`, async () => {
      receiver.script = (socket, sent) => {
        for (const byte of acknowledgement(code, controlIdIn(sent))) socket.write(byte)
      }
      await send()
      expect(receiver.messages).to.have.length(1)
    })
  }

  it('is ambiguous wherever the acknowledgement is cut off', async () => {
    const whole = acknowledgement('AA', id)
    for (let length = 0; length < whole.length - 2; length++) {
      answer(whole.slice(0, length))
      expect((await failureOf(send())).failureClass, `after ${length} bytes`).to.equal('ambiguous')
    }
  })

  it('is ambiguous if the connection is reset or no response arrives in time', async () => {
    receiver.script = (socket) => socket.resetAndDestroy()
    expect((await failureOf(send())).code).to.equal('DELIVER_HL7_UNCONFIRMED')
    receiver.script = () => undefined
    const failure = await failureOf(send(200))
    expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_HL7_UNCONFIRMED', 'ambiguous'])
    expect(failure.message).to.contain('200 ms')
  })

  it('is resent until it is acknowledged, and never after that, even after a restart', () =>
    inTempDir(async (dir) => {
      const path = join(dir, 'store.sqlite')
      const deliver = async () => {
        const store = new SqliteStore(path)
        const sink = new SendOnce(new MllpSender(receiverAt(receiver.port)), store.acknowledged)
        await sink.send(message).finally(() => {
          store.close()
        })
      }
      answer(acknowledgement('AE', id))
      await failureOf(deliver())
      answer(acknowledgement('AA', id))
      await deliver()
      await deliver()
      expect(receiver.messages).to.have.length(2)
    }))

  it('resends the same message with the same control ID after a failure', async () => {
    answer(acknowledgement('AE', id))
    await failureOf(send())
    receiver.script = (socket, sent) => socket.end(acknowledgement('AA', controlIdIn(sent)))
    await send()
    const [first, second] = receiver.messages
    expect(second).to.equal(first)
    expect(Buffer.from(first!)).to.deep.equal(Buffer.from(message.bytes))
  })
})
