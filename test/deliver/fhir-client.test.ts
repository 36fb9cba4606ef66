import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { FhirServerSink } from '../../src/deliver/fhir-client.ts'
import { freePort } from '../../src/demo/free-port.ts'
import { type HttpService, httpService } from '../../src/clients/http/http-service.ts'
import { failureOf } from '../servers/failure-of.ts'
import { type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts'
import { sampleBundle } from '../servers/fhir-samples.ts'
import { type FhirServer, startFhirServer } from '../servers/fhir-server.ts'

/** What a server answers for one entry of a transaction. */
interface EntryAnswer {
  readonly status: string
  readonly issues?: readonly { readonly code: string; readonly expression: readonly string[] }[]
}

describe('the answer of a FHIR server to a transaction', () => {
  let server: Server
  let sink: FhirServerSink
  let answers: readonly EntryAnswer[]
  let requests = 0
  before(async () => {
    server = createServer((request, response) => {
      requests++
      const entry = answers.map(({ status, issues }) => ({
        response: {
          status,
          ...(issues && {
            outcome: {
              resourceType: 'OperationOutcome',
              issue: issues.map((issue) => ({ ...issue, severity: 'error', diagnostics: 'planted^name' })),
            },
          }),
        },
      }))
      const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction-response', entry })
      request.resume().once('end', () => response.setHeader('Content-Type', 'application/fhir+json').end(body))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    sink = new FhirServerSink(
      httpService({ name: 'the FHIR server', url, credentials: { kind: 'none' }, timeoutMs: 5000 }),
    )
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const [created, updated] = [{ status: '201 Created' }, { status: '200 OK' }]
  const storing = (...entries: readonly EntryAnswer[]) => {
    answers = entries
    requests = 0
    return sink.store(sampleBundle('A'))
  }

  it('is a success if it confirms every entry as created, updated or without content', async () => {
    await storing(created, updated, { status: '204' })
    expect(requests).to.equal(1)
  })

  for (const [title, entries] of [
    ['no entry', []],
    ['all but the last entry', [created, updated]],
    ['one entry too many', [created, updated, updated, created]],
  ] as const) {
    it(`is ambiguous if it confirms ${title}, so that everything is sent again`, async () => {
      const failure = await failureOf(storing(...entries))
      expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_WRITE_UNCERTAIN', 'ambiguous'])
      expect(failure.message).to.contain('its response does not confirm every entry')
    })
  }

  const invalid = { status: '422', issues: [{ code: 'invalid', expression: ['Patient.identifier'] }] }
  const types = ['Observation', 'Patient', 'Device']
  for (const refused of [0, 1, 2]) {
    it(`is permanent if only one of three resources is refused, and names it: ${types[refused]!}`, async () => {
      const entries = [created, created, created].map((answer, index) => (index === refused ? invalid : answer))
      const failure = await failureOf(storing(...entries))
      expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_RESOURCES_REJECTED', 'permanent'])
      expect(failure.message).to.contain(`: ${types[refused]!} 422 invalid at Patient.identifier.`)
    })
  }

  it('is reported with all refused resources and all issues, without texts', async () => {
    const issues = [
      { code: 'required', expression: ['Observation.status'] },
      { code: 'value', expression: ['Observation.code', 'Observation.subject'] },
    ]
    const { message } = await failureOf(storing({ status: '400', issues }, { status: '304' }, invalid))
    expect(message)
      .to.contain('Observation 400 required at Observation.status, value at Observation.code at Observation.subject')
      .and.to.contain('; Patient 304; Device 422 invalid at Patient.identifier')
      .and.to.not.contain('planted')
  })
})

describe('writing to a FHIR server', () => {
  let server: FhirServer
  let service: HttpService
  before(async function () {
    this.timeout(60_000)
    server = await startFhirServer()
    service = httpService({ name: 'the FHIR server', url: server.url, credentials: { kind: 'none' }, timeoutMs: 5000 })
  })
  after(() => server.stop())
  beforeEach(() => {
    server.repo.clear()
  })

  const resourcesOf = async (resourceType: 'Observation' | 'Patient' | 'Device') =>
    (await server.repo.search({ resourceType })).entry?.map((entry) => entry.resource) ?? []

  it('writes a bundle with valid references, and keeps one of each resource after a repeat', async () => {
    const sink = new FhirServerSink(service)
    await sink.store(sampleBundle('A'))
    await sink.store(sampleBundle('A'))
    const [patients, devices, observations] = await Promise.all([
      resourcesOf('Patient'),
      resourcesOf('Device'),
      resourcesOf('Observation'),
    ])
    expect([patients.length, devices.length, observations.length]).to.deep.equal([1, 1, 1])
    expect(observations[0]).to.deep.include({
      subject: { reference: `Patient/${patients[0]?.id ?? ''}` },
      device: { reference: `Device/${devices[0]?.id ?? ''}` },
    })
  })

  it('classifies an invalid resource as permanent, and reports the location without content', async () => {
    const bundle = sampleBundle('A')
    const resource = { ...bundle.entry[0]!.resource, status: undefined, note: [{ text: 'planted^name' }] }
    const broken = { ...bundle, entry: [{ ...bundle.entry[0]!, resource }, ...bundle.entry.slice(1)] }
    const failure = await failureOf(new FhirServerSink(service).store(broken))
    expect(failure.failureClass).to.equal('permanent')
    expect(failure.message).to.contain('Observation.status').and.not.to.contain('planted')
  })

  it('classifies a server that is down as transient', async () => {
    const sink = new FhirServerSink({ ...service, url: `http://127.0.0.1:${await freePort()}/fhir` })
    const failure = await failureOf(sink.store(sampleBundle('A')))
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_UNREACHABLE', 'transient'])
  })

  describe('through a network that fails', () => {
    let proxy: FaultyProxy
    let sink: FhirServerSink
    before(async () => {
      proxy = await startFaultyProxy(server.url)
      const credentials = { kind: 'bearer', token: 'planted-secret' } as const
      sink = new FhirServerSink({ ...service, url: proxy.url, credentials, timeoutMs: 500 })
    })
    after(() => proxy.stop())

    it('is ambiguous if the response is cut off after writing, and a retry leaves exactly one of each', async () => {
      proxy.fault = { kind: 'cut' }
      const failure = await failureOf(sink.store(sampleBundle('B')))
      expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_WRITE_UNCERTAIN', 'ambiguous'])
      expect(await resourcesOf('Observation'), 'it was written').to.have.length(1)
      proxy.fault = { kind: 'none' }
      await sink.store(sampleBundle('B'))
      expect(await resourcesOf('Observation')).to.have.length(1)
    })

    for (const [fault, failureClass] of [
      [{ kind: 'hang' }, 'ambiguous'],
      [{ kind: 'status', status: 200 }, 'ambiguous'],
      [{ kind: 'status', status: 409 }, 'transient'],
      [{ kind: 'status', status: 429 }, 'transient'],
      [{ kind: 'status', status: 503 }, 'transient'],
      [{ kind: 'status', status: 500 }, 'ambiguous'],
      [{ kind: 'status', status: 401 }, 'permanent'],
      [{ kind: 'status', status: 302 }, 'permanent'],
      [{ kind: 'status', status: 422 }, 'permanent'],
    ] as const) {
      it(`classifies ${JSON.stringify(fault)} as ${failureClass}`, async () => {
        proxy.fault = fault
        const failure = await failureOf(sink.store(sampleBundle('C')))
        expect(failure.failureClass).to.equal(failureClass)
        expect(`${failure.message} ${failure.stack ?? ''}`).not.to.contain('planted-secret')
      })
    }
  })
})
