import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import { httpService } from '../../src/clients/http/http-service.ts'
import { FhirServerSink } from '../../src/deliver/fhir-client.ts'
import { failureOf } from '../servers/failure-of.ts'
import { sampleBundle } from '../servers/fhir-samples.ts'

/** A status of one entry, and an issue with a text that may quote the patient. */
const answer = fc.record({
  status: fc.constantFrom(
    '200',
    '201 Created',
    '204',
    '226 IM Used',
    '304',
    '400',
    '404 Not Found',
    '409',
    '422',
    '500',
  ),
  code: fc.constantFrom('invalid', 'required', 'duplicate'),
})

const uncertain = ['HTTP_WRITE_UNCERTAIN', 'ambiguous']

describe('any answer of a FHIR server to a transaction', () => {
  let server: Server
  let sink: FhirServerSink
  let body = ''
  before(async () => {
    server = createServer((request, response) => {
      request.resume().once('end', () => response.writeHead(200, { 'Content-Type': 'application/fhir+json' }).end(body))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    sink = new FhirServerSink(httpService({ name: 'the FHIR server', url, credentials: { kind: 'none' } }))
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const bundle = sampleBundle('A')
  const types = bundle.entry.map(({ resource }) => resource.resourceType)

  it('is stored only if it answers every entry with 2xx, and otherwise names each refused resource', () =>
    fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: types.length + 2 }), async (answers) => {
        const entry = answers.map(({ status, code }) => ({
          response: {
            status,
            outcome: { resourceType: 'OperationOutcome', issue: [{ code, diagnostics: 'planted^name' }] },
          },
        }))
        body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction-response', entry })
        const refused = answers.flatMap(({ status, code }, at) =>
          status.startsWith('2') ? [] : [`${types[at] ?? ''} ${status} ${code}`],
        )
        if (answers.length === types.length && refused.length === 0) {
          await sink.store(bundle)
          return
        }
        const { code, failureClass, message } = await failureOf(sink.store(bundle))
        expect(message).to.not.contain('planted')
        if (answers.length !== types.length) expect([code, failureClass]).to.deep.equal(uncertain)
        else {
          expect([code, failureClass]).to.deep.equal(['DELIVER_RESOURCES_REJECTED', 'permanent'])
          for (const type of types) expect(message.includes(`${type} `)).to.equal(refused.join().includes(type))
          for (const one of refused) expect(message).to.contain(one)
        }
      }),
      { numRuns: 150 },
    ))

  const entry = types.map(() => ({ response: { status: '200' } }))
  const otherResource = fc
    .constantFrom('OperationOutcome', 'Parameters', undefined)
    .map((resourceType) => JSON.stringify({ resourceType, entry }))

  it('is uncertain if it is no answer to a transaction, so that everything is sent again', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), otherResource), async (text) => {
        body = text
        const { code, failureClass } = await failureOf(sink.store(bundle))
        expect([code, failureClass]).to.deep.equal(uncertain)
      }),
      { numRuns: 50 },
    ))
})
