import { expect } from 'chai'
import { deliverResults } from '../../src/deliver/deliver.ts'
import { StowStore } from '../../src/deliver/dicom-store.ts'
import { OrthancModalities } from '../../src/clients/orthanc-modalities.ts'
import { OrthancForwarder } from '../../src/deliver/orthanc-forwarder.ts'
import { archiveTarget } from '../../src/deliver/targets/archive-target.ts'
import { sendToTarget } from '../../src/deliver/targets/send-to-target.ts'
import { freePort } from '../../src/demo/free-port.ts'
import { dicomObjects } from '../../src/report/result-kinds.ts'
import type { DicomObject, ResultObjects } from '../../src/report/result-objects.ts'
import { failureOf } from '../servers/failure-of.ts'
import { startFaultyProxy } from '../servers/faulty-proxy.ts'
import { type TestOrthanc, withOrthanc } from '../servers/orthanc.ts'
import { sampleResults } from '../servers/result-samples.ts'

const [routerPort, pacsPort, plainPort, closedPort] = await Promise.all([
  freePort(),
  freePort(),
  freePort(),
  freePort(),
])
const reportOf = ({ parts }: ResultObjects): DicomObject => parts.structuredReport![0]!
const modality = (AET: string, Port: number) => ({ AET, Host: '127.0.0.1', Port })

/** Orthanc as the router, a PACS with storage commitment, and one that refuses it. */
describe('forwarding results by C-STORE', () => {
  const router = withOrthanc({
    DicomServerEnabled: true,
    DicomPort: routerPort,
    DicomAet: 'ROUTER',
    DicomModalities: {
      pacs: modality('PACS', pacsPort),
      plain: modality('PLAIN', plainPort),
      'switched-off': modality('GONE', closedPort),
    },
  })
  const receiver = (DicomAet: string, DicomPort: number, AllowStorageCommitment: boolean) =>
    withOrthanc({
      ...{ DicomServerEnabled: true, DicomAet, DicomPort },
      DicomModalities: { router: { ...modality('ROUTER', routerPort), AllowStorageCommitment } },
    })
  const pacs = receiver('PACS', pacsPort, true)
  const plain = receiver('PLAIN', plainPort, false)

  const objectsOf = ({ parts }: ResultObjects): readonly DicomObject[] => dicomObjects(parts)
  const held = async (where: TestOrthanc, objects: readonly DicomObject[]): Promise<number> => {
    const found = await Promise.all(objects.map((object) => where.client.lookup('Instance', object.sopInstanceUid)))
    return found.flat().length
  }
  const forwarderTo = (...modalities: string[]): OrthancForwarder =>
    new OrthancForwarder(router().client, new OrthancModalities(router().rest), {
      modalities,
      commitmentTimeoutMs: 10_000,
    })
  const kinds = ['structuredReport', 'pictures'] as const
  const targets = (...modalities: string[]) => ({
    archive: archiveTarget(kinds, router().dicomWeb),
    sendTo: sendToTarget(kinds, forwarderTo(...modalities)),
  })
  const store = (results: ResultObjects) =>
    new StowStore(router().dicomWeb).storeObjects(results.studyInstanceUid, objectsOf(results))

  it('forwards report and picture to each modality, with commitment if offered, and stores no duplicates', async () => {
    const results = sampleResults()
    for (let attempt = 0; attempt < 2; attempt++) {
      const receipt = await deliverResults(results, 'routine', targets('pacs', 'plain'))
      expect(receipt.onward).to.deep.equal([
        { modality: 'pacs', status: 'committed' },
        { modality: 'plain', status: 'sent' },
      ])
    }
    expect(await held(pacs(), objectsOf(results))).to.equal(2)
    expect(await held(plain(), objectsOf(results))).to.equal(2)
  })

  it('is transient and names the modality if one is down, and the archive keeps the results', async () => {
    const results = sampleResults()
    const failure = await failureOf(deliverResults(results, 'routine', targets('switched-off')))
    expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_MODALITY_FAILED', 'transient'])
    expect(failure.message).to.contain('switched-off')
    expect(await held(router(), objectsOf(results))).to.equal(2)
  })

  it('does not mistake a dropped Orthanc connection for a receiver without commitment', async () => {
    const results = sampleResults()
    await store(results)
    const proxy = await startFaultyProxy(router().rest.url)
    try {
      const behindProxy = new OrthancModalities({ ...router().rest, url: proxy.url })
      proxy.fault = { kind: 'cut' }
      const failure = await failureOf(behindProxy.requestCommitment('pacs', objectsOf(results)))
      expect(failure.failureClass).to.equal('ambiguous')
    } finally {
      await proxy.stop()
    }
  })

  it('classifies an unknown modality as permanent', async () => {
    const failure = await failureOf(deliverResults(sampleResults(), 'routine', targets('misspelt')))
    expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_MODALITY_UNKNOWN', 'permanent'])
  })

  it('forwards nothing that the archive did not store', async () => {
    const results = sampleResults()
    const structuredReport = [{ ...reportOf(results), bytes: new Uint8Array(200) }]
    const broken = { ...results, parts: { ...results.parts, structuredReport } }
    const failure = await failureOf(deliverResults(broken, 'routine', targets('pacs')))
    expect(failure.code).to.equal('HTTP_REFUSED')
    expect(await held(pacs(), objectsOf(results))).to.equal(0)
  })

  it('fails if the receiver does not commit to an object that it lost', async () => {
    const results = sampleResults()
    await store(results)
    const modalities = new OrthancModalities(router().rest)
    const asked = { ...reportOf(results), sopInstanceUid: '2.25.1' }
    const lossy = new (class extends OrthancModalities {
      override requestCommitment(name: string) {
        return modalities.requestCommitment(name, [asked])
      }
    })(router().rest)
    const forwarder = new OrthancForwarder(router().client, lossy, {
      modalities: ['pacs'],
      commitmentTimeoutMs: 10_000,
    })
    const failure = await failureOf(forwarder.forward(objectsOf(results)))
    expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_NOT_COMMITTED', 'transient'])
  })
})
