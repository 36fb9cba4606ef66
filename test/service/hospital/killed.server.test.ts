import { expect } from 'chai'
import { allOf, misplacedObjects, misplacedResources } from '../../servers/belonging.ts'
import { sentStudy, withHospital } from './hospital-bench.ts'

const modalities = (objects: readonly string[]) => objects.map((one) => one.split(' ')[0]).sort()

describe('service that is killed while it delivers', function () {
  this.timeout(120_000)
  const hospital = withHospital()
  const sent: ReturnType<typeof sentStudy>[] = []
  const isStow = (method: string | undefined, path: string | undefined) =>
    method === 'POST' && path?.startsWith('/dicom-web/studies') === true

  beforeEach(async () => {
    await hospital().startService()
    hospital().toArchive.affects = isStow
  })
  afterEach(() => hospital().stopService())

  const send = async () => {
    const sample = await hospital().send({ tags: { PatientID: `KILLED-${sent.length}` } })
    sent.push(sentStudy([sample]))
    return sample.studyInstanceUid
  }
  const calm = () => {
    for (const proxy of [hospital().toArchive, hospital().toFhir]) proxy.fault = { kind: 'none' }
  }
  /** Everything once, each on its own patient. */
  const expectComplete = async (uid: string) => {
    const { objects, fhir, dicomWeb } = hospital()
    expect(modalities(await objects(uid))).to.deep.equal(['CR', 'OT', 'SR'])
    for (const type of ['DiagnosticReport', 'Observation', 'ImagingStudy', 'Provenance', 'Task'] as const)
      expect(await allOf(fhir.repo, type), type).to.have.length(sent.length)
    expect(await misplacedObjects(dicomWeb, sent)).to.deep.equal([])
    expect(await misplacedResources(fhir.repo, sent)).to.deep.equal([])
  }

  it('after it stored the result and before anything is delivered: delivers all of it once', async () => {
    const { toArchive, toFhir, shows, stopService, startService, delivered, objects, fhir } = hospital()
    toArchive.fault = toFhir.fault = { kind: 'hang' }
    const uid = await send()
    const { finding } = await shows(uid, ({ state }) => state === 'done')
    await stopService()
    expect(modalities(await objects(uid))).to.deep.equal(['CR'])
    expect(await allOf(fhir.repo, 'DiagnosticReport')).to.deep.equal([])
    calm()
    await startService()
    const [shown] = await delivered(uid)
    expect(shown?.finding?.resultKey).to.equal(finding?.resultKey)
    await expectComplete(uid)
  })

  it('after the archive and the FHIR server have stored the result and before they answer: stores nothing twice', async () => {
    const { toArchive, toFhir, shows, stopService, startService, delivered, objects, fhir, until } = hospital()
    toArchive.fault = toFhir.fault = { kind: 'mute' }
    const uid = await send()
    await shows(uid, ({ state }) => state === 'done')
    await until(async () => (await objects(uid)).length === 3)
    await until(async () => (await allOf(fhir.repo, 'DiagnosticReport')).length === sent.length)
    const before = await objects(uid)
    await stopService()
    calm()
    await startService()
    await delivered(uid)
    expect(await objects(uid)).to.deep.equal(before)
    await expectComplete(uid)
  })

  it('between two deliveries: goes on with the other one', async () => {
    const { toFhir, shows, stopService, startService, delivered } = hospital()
    toFhir.fault = { kind: 'hang' }
    const uid = await send()
    await shows(uid, ({ deliveries }) =>
      deliveries.some(({ target, state }) => target === 'archive' && state === 'done'),
    )
    await stopService()
    calm()
    hospital().toArchive.fault = { kind: 'status', status: 507 }
    await startService()
    await delivered(uid)
    await expectComplete(uid)
    calm()
  })

  it('while it is stopped with SIGTERM: the next one goes on', async () => {
    const { toArchive, shows, stopService, startService, delivered } = hospital()
    toArchive.fault = { kind: 'status', status: 503 }
    const uid = await send()
    await shows(uid, ({ deliveries }) =>
      deliveries.some(({ target, attempts }) => target === 'archive' && attempts > 0),
    )
    await stopService('SIGTERM')
    calm()
    await startService()
    await delivered(uid)
    await expectComplete(uid)
  })
})
