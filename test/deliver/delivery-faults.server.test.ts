import { expect } from 'chai'
import { deliverResults } from '../../src/deliver/deliver.ts'
import { FhirServerSink } from '../../src/deliver/fhir-client.ts'
import { archiveTarget } from '../../src/deliver/targets/archive-target.ts'
import { fhirTarget } from '../../src/deliver/targets/fhir-target.ts'
import { asTriageError } from '../../src/errors/triage-error.ts'
import { httpService } from '../../src/clients/http/http-service.ts'
import { dicomObjects } from '../../src/report/result-kinds.ts'
import type { ResultObjects } from '../../src/report/result-objects.ts'
import { seededRandom } from '../../src/training/data/random.ts'
import { viewerStudy } from '../report/viewer/viewer-study.ts'
import { type Fault, type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts'
import { type FhirServer, startFhirServer } from '../servers/fhir-server.ts'
import { withOrthanc } from '../servers/orthanc.ts'

/** Number of bytes that pass before a message is cut. */
const places: Readonly<Record<string, (message: Buffer) => number>> = {
  'before the first byte': () => 0,
  'in its header': (message) => Math.floor(headerEnd(message) / 2),
  'after its header': (message) => headerEnd(message),
  'in the middle': (message) => Math.floor(message.length / 2),
  'before the last byte': (message) => message.length - 1,
  ...Object.fromEntries(
    shares(6, 3).map((share) => [
      `after ${(100 * share).toFixed(2)} %`,
      (message: Buffer) => Math.floor(share * message.length),
    ]),
  ),
}

const cuts = (kind: 'cut-request' | 'cut-answer', what: string) =>
  Object.entries(places).map(([place, bytes]): [string, Fault] => [`${what} cut ${place}`, { kind, bytes }])
const statuses = [409, 429, 500, 503]

const faults: readonly (readonly [string, Fault])[] = [
  ['no connection', { kind: 'drop' }],
  ...cuts('cut-request', 'a request'),
  ['a request cut at a part boundary', { kind: 'cut-request', bytes: (message) => message.lastIndexOf('\r\n--') + 4 }],
  ...cuts('cut-answer', 'a response'),
  ...statuses.map((status): [string, Fault] => [`${status} before the operation`, { kind: 'status', status }]),
  ...statuses.map((status): [string, Fault] => [`${status} after the operation`, { kind: 'replace', status }]),
  ['a time-out before the operation', { kind: 'hang' }],
  ['a time-out after the operation', { kind: 'mute' }],
]

/** Default of the queue. */
const maxAttempts = 8

describe('delivery to real servers over a failing network', function () {
  this.timeout(60_000)
  const orthanc = withOrthanc()
  let fhirServer: FhirServer
  let results: ResultObjects
  const proxies: FaultyProxy[] = []

  before(async () => {
    fhirServer = await startFhirServer()
    results = (await viewerStudy(1, { pneumonia: 0.8764 })).results
    proxies.push(await startFaultyProxy(orthanc().dicomWeb.url), await startFaultyProxy(fhirServer.url))
  })
  after(async () => {
    for (const proxy of proxies) await proxy.stop()
    await fhirServer.stop()
  })
  beforeEach(async () => {
    fhirServer.repo.clear()
    for (const id of await orthanc().client.lookup('Study', results.studyInstanceUid)) await forget(id)
  })

  const forget = async (orthancId: string): Promise<void> => {
    const { url, username, password } = orthanc().process
    const headers = { Authorization: `Basic ${btoa(`${username}:${password}`)}` }
    const { status } = await fetch(`${url}/studies/${orthancId}`, { method: 'DELETE', headers })
    expect(status).to.equal(200)
  }

  /** Delivers as often as the queue would, the first time through a fault; returns the number of attempts. */
  const deliver = async (fault: Fault): Promise<number> => {
    for (let attempt = 1; ; attempt++) {
      const isFaulty = attempt === 1
      for (const proxy of proxies) proxy.fault = isFaulty ? fault : { kind: 'none' }
      const timeoutMs = isFaulty && (fault.kind === 'mute' || fault.kind === 'hang') ? 1500 : 20_000
      const [archive, record] = proxies.map(({ url }) => ({ url, timeoutMs }))
      const fhir = new FhirServerSink({
        ...httpService({ name: 'the FHIR server', url: fhirServer.url, credentials: { kind: 'none' } }),
        ...record!,
      })
      try {
        const kinds = ['structuredReport', 'pictures', 'segmentations'] as const
        const targets = {
          archive: archiveTarget(kinds, { ...orthanc().dicomWeb, ...archive! }),
          fhir: fhirTarget(['fhir'], fhir),
        }
        await deliverResults(results, 'routine', targets)
        return attempt
      } catch (thrown) {
        const failure = asTriageError(thrown)
        if (failure.failureClass === 'permanent' || attempt === maxAttempts) throw failure
      }
    }
  }

  const storedObjects = async (): Promise<number[]> => {
    const found = dicomObjects(results.parts).map((object) =>
      orthanc().client.lookup('Instance', object.sopInstanceUid),
    )
    return (await Promise.all(found)).map((ids) => ids.length)
  }

  const storedResources = async (): Promise<Readonly<Record<string, number>>> => {
    const types = new Set(results.parts.fhir!.entry.map(({ resource }) => resource.resourceType))
    const counts = [...types].map(async (resourceType) => {
      const found = await fhirServer.repo.search({ resourceType: resourceType as 'Observation', count: 100 })
      return [resourceType, found.entry?.length ?? 0] as const
    })
    return Object.fromEntries(await Promise.all(counts))
  }

  for (const [name, fault] of faults) {
    it(`leaves one of each object after ${name}`, async () => {
      expect(await deliver(fault), 'the fault was met').to.be.above(1)
      expect(await storedObjects(), 'SR, SC, SEG').to.deep.equal([1, 1, 1])
      const sent = Map.groupBy(results.parts.fhir!.entry, ({ resource }) => resource.resourceType)
      const expected = Object.fromEntries([...sent].map(([type, entries]) => [type, entries.length]))
      expect(await storedResources()).to.deep.equal(expected)
    })
  }
})

function headerEnd(message: Buffer): number {
  return message.indexOf('\r\n\r\n') + 4
}

function shares(seed: number, count: number): readonly number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random())
}
