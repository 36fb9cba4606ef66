import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { planted, studyUid, until } from '../service/fixtures.ts'
import { hostileRequests } from './hostile-requests.ts'
import { type ServiceBench, arrivalOf, token, withService } from '../service/service-bench.ts'

/** Sends raw bytes and reads until the service closes the connection. */
async function send(url: string, bytes: Buffer): Promise<{ readonly status: number; readonly text: string }> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  // The service may answer and close before it has read all of an oversized request.
  socket.on('error', () => socket.destroy())
  socket.write(bytes)
  await once(socket, 'close')
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0), text }
}

const withoutLimits = { RequestsPerMinute: 1_000_000, FailedSignInsPerMinute: 1000 }

async function withStudies(test: (bench: ServiceBench) => Promise<void>): Promise<void> {
  const find = () => 0.9
  await withService({ find, http: withoutLimits }, async (bench) => {
    await bench.feed(arrivalOf(studyUid(1)))
    await until(() => bench.store.studies.get(studyUid(1))?.progress.state === 'done')
    await test(bench)
  })
}

describe('hostile requests', function () {
  this.timeout(60_000)
  const list = hostileRequests()

  it('are at least 200 and all different', () => {
    expect(new Set(list.map(({ bytes }) => bytes('').toString('latin1'))).size).to.equal(list.length)
    expect(list.length).to.be.at.least(200)
  })

  for (const [who, credentials] of [
    ['with the token', `Authorization: Bearer ${token}`],
    ['without credentials', ''],
  ] as const) {
    it(`${who} are refused with 4xx, reveal no secret and change nothing`, () =>
      withStudies(async ({ service, stateDir, store, queue, logLines, ask, feed }) => {
        const secrets = [token, stateDir, planted.name, planted.id, 'salt of the tests', 'node_modules', 'root:x:0']
        const actions = store.actions.latest(1000).length
        const jobs = (await queue.unfinished()).length
        const accepted: string[] = []
        for (const { name, bytes } of list) {
          const { status, text } = await send(service.url, bytes(credentials))
          if (status < 400 || status > 499) accepted.push(`${name}: ${status}`)
          for (const secret of secrets) expect(text, name).to.not.include(secret)
          expect(text, name).to.not.match(/^(set-cookie|location):/im)
        }
        expect(accepted).to.deep.equal([])
        expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined)
        expect(store.actions.latest(1000).length, 'recorded actions').to.equal(actions)
        expect((await queue.unfinished()).length, 'jobs').to.equal(jobs)
        const log = logLines.join('')
        for (const secret of [token, planted.name, planted.id, 'evil.example']) expect(log).to.not.include(secret)
        expect(log).to.not.include('http.failed')
        // The service still works.
        await feed(arrivalOf(studyUid(2)))
        await until(() => store.studies.get(studyUid(2))?.progress.state === 'done')
        expect((await ask('/api/studies')).status).to.equal(200)
      }))
  }

  it('that name a different host get links only to the host of the Host header', () =>
    withStudies(async ({ service }) => {
      const { host } = new URL(service.url)
      const lines = [
        'GET http://evil.example/fhir/DiagnosticReport?_count=1 HTTP/1.1',
        `Host: ${host}`,
        'X-Forwarded-Host: evil.example',
        'Forwarded: host=evil.example',
        `Authorization: Bearer ${token}`,
        'Connection: close',
      ]
      const { status, text } = await send(service.url, Buffer.from(`${lines.join('\r\n')}\r\n\r\n`))
      expect(status).to.equal(200)
      expect(text).to.include(`http://${host}/fhir/DiagnosticReport`).and.to.not.include('evil.example')
    }))
})
