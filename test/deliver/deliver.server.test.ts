import { expect } from 'chai'
import { deliverResults } from '../../src/deliver/deliver.ts'
import type { AcknowledgedMessages } from '../../src/deliver/send-once.ts'
import { MllpSender } from '../../src/deliver/hl7-sender.ts'
import { FhirServerSink } from '../../src/deliver/fhir-client.ts'
import { archiveTarget } from '../../src/deliver/targets/archive-target.ts'
import { fhirTarget } from '../../src/deliver/targets/fhir-target.ts'
import { hl7Target } from '../../src/deliver/targets/hl7-target.ts'
import { priorityTarget } from '../../src/deliver/targets/priority-target.ts'
import { OrthancPriority } from '../../src/deliver/orthanc-priority.ts'
import { exchange } from '../../src/clients/http/exchange.ts'
import { freePort } from '../../src/demo/free-port.ts'
import { httpService } from '../../src/clients/http/http-service.ts'
import { oruMessage } from '../../src/report/hl7/oru.ts'
import { type ResultNameOf, dicomObjects } from '../../src/report/result-kinds.ts'
import type { ResultObjects } from '../../src/report/result-objects.ts'
import { predictionOf } from '../report/fixtures.ts'
import { hl7Parties } from '../report/hl7/oru-reader.ts'
import { startHl7Receiver } from '../servers/hl7-receiver.ts'
import { failureOf } from '../servers/failure-of.ts'
import { type FhirServer, startFhirServer } from '../servers/fhir-server.ts'
import { withOrthanc } from '../servers/orthanc.ts'
import { sampleResults } from '../servers/result-samples.ts'

/** Nothing was sent before. */
const noneAcknowledged: AcknowledgedMessages = { has: () => false, add: () => undefined }

describe('delivering results', () => {
  const orthanc = withOrthanc()
  let fhirServer: FhirServer
  before(async function () {
    this.timeout(60_000)
    fhirServer = await startFhirServer()
  })
  after(() => fhirServer.stop())

  const fhir = (url: string) =>
    fhirTarget(
      ['fhir'],
      new FhirServerSink(httpService({ name: 'the FHIR server', url, credentials: { kind: 'none' } })),
    )
  const archive = (...kinds: readonly ResultNameOf<'dicom'>[]) => archiveTarget(kinds, orthanc().dicomWeb)
  const priority = () =>
    priorityTarget(new OrthancPriority(orthanc().client, { label: 'pneumonia-suspected', metadata: 4701 }))
  const objectCount = async ({ parts }: ResultObjects): Promise<number> => {
    const lookups = dicomObjects(parts).map((object) => orthanc().client.lookup('Instance', object.sopInstanceUid))
    return (await Promise.all(lookups)).flat().length
  }

  /** The mark of a study, as a label or, before Orthanc 1.12, as metadata. */
  const markOf = async ({ studyInstanceUid }: ResultObjects): Promise<string | undefined> => {
    const [orthancId] = await orthanc().client.lookup('Study', studyInstanceUid)
    const { HasLabels } = await orthanc().client.system()
    const request = { method: 'GET', accept: '*/*', effect: 'read', maxBytes: 10_000 } as const
    const read = async (path: string) =>
      new TextDecoder().decode(await exchange(orthanc().rest, { ...request, path: `/studies/${orthancId}${path}` }))
    if (HasLabels) return (JSON.parse(await read('/labels')) as string[])[0]
    const metadata = JSON.parse(await read('/metadata')) as string[]
    return metadata.includes('4701') ? await read('/metadata/4701') : undefined
  }

  it('delivers every kind to its target, and keeps one of each after a repeat', async () => {
    const results = sampleResults()
    const targets = { archive: archive('structuredReport', 'pictures'), fhir: fhir(fhirServer.url) }
    const receipt = await deliverResults(results, 'routine', targets)
    expect(receipt).to.deep.equal({
      structuredReport: { status: 'stored' },
      pictures: { status: 'stored' },
      segmentations: { status: 'off' },
      fhir: { status: 'stored' },
      hl7: { status: 'off' },
      priority: { status: 'off' },
      onward: [],
    })
    await deliverResults(results, 'routine', targets)
    expect(await objectCount(results)).to.equal(2)
    expect((await fhirServer.repo.search({ resourceType: 'Observation' })).entry).to.have.length(1)
  })

  it('marks only a study with raised priority, also repeatedly', async () => {
    const [raised, routine] = [sampleResults(), sampleResults()]
    const targets = { archive: archive('structuredReport'), priority: priority() }
    // The study is stored before its results.
    for (const results of [raised, routine]) await deliverResults(results, 'routine', { archive: targets.archive })
    await deliverResults(raised, 'raised', targets)
    expect((await deliverResults(raised, 'raised', targets)).priority).to.deep.equal({ status: 'raised' })
    expect((await deliverResults(routine, 'routine', targets)).priority).to.deep.equal({ status: 'routine' })
    expect(await markOf(raised)).to.equal('pneumonia-suspected')
    expect(await markOf(routine)).to.equal(undefined)
  })

  it('fails if the study to mark no longer exists', async () => {
    const failure = await failureOf(deliverResults(sampleResults(), 'raised', { priority: priority() }))
    expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_STUDY_NOT_MARKED', 'permanent'])
  })

  it('skips results without a target', async () => {
    const results = sampleResults()
    const receipt = await deliverResults(results, 'routine', { archive: archive('structuredReport') })
    expect(receipt.pictures).to.deep.equal({ status: 'off' })
    expect(receipt.fhir).to.deep.equal({ status: 'off' })
    expect(await objectCount(results)).to.equal(1)
  })

  it('stores the DICOM objects if the FHIR server is down, and reports that failure', async () => {
    const results = sampleResults()
    const targets = {
      archive: archive('structuredReport', 'pictures'),
      fhir: fhir(`http://127.0.0.1:${await freePort()}/fhir`),
    }
    const failure = await failureOf(deliverResults(results, 'routine', targets))
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_UNREACHABLE', 'transient'])
    expect(failure.message).to.contain('The FHIR server')
    expect(await objectCount(results)).to.equal(2)
  })

  it('sends an HL7 message, and stores the rest if its receiver is down', async () => {
    const sample = sampleResults()
    const hl7 = oruMessage(predictionOf.present(), 'ab12'.repeat(16), hl7Parties)
    const results = { ...sample, parts: { ...sample.parts, hl7 } }
    const targetsWith = (port: number) => ({
      archive: archive('structuredReport'),
      hl7: hl7Target(
        ['hl7'],
        new MllpSender({ host: '127.0.0.1', port, transport: 'tcp', timeoutMs: 5000 }),
        noneAcknowledged,
      ),
    })
    const failure = await failureOf(deliverResults(results, 'routine', targetsWith(await freePort())))
    expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_HL7_UNREACHABLE', 'transient'])
    expect(await objectCount(results)).to.equal(1)

    const receiver = await startHl7Receiver()
    const receipt = await deliverResults(results, 'routine', targetsWith(receiver.port))
    const none = await deliverResults(sampleResults(), 'routine', targetsWith(receiver.port))
    await receiver.stop()
    expect([receipt.hl7, none.hl7]).to.deep.equal([{ status: 'stored' }, { status: 'off' }])
    expect(receiver.messages).to.have.length(1)
  })

  it('is transient if one of several failures is transient', async () => {
    const wrongUser = { kind: 'basic', username: 'nobody', password: 'planted-secret' } as const
    const targets = {
      archive: archiveTarget(['structuredReport'], { ...orthanc().dicomWeb, credentials: wrongUser }),
      fhir: fhir(`http://127.0.0.1:${await freePort()}/fhir`),
    }
    const failure = await failureOf(deliverResults(sampleResults(), 'routine', targets))
    expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_SEVERAL_FAILED', 'transient'])
    expect(failure.message).to.contain('The archive').and.to.contain('The FHIR server')
    expect(failure.message).not.to.contain('planted-secret')
  })
})
