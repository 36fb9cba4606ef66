import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { isDelivered, listSchema } from '../delivered.ts'
import type { AuditEvent, DiagnosticReport, Task } from '@medplum/fhirtypes'
import { freePort } from '../../../src/demo/free-port.ts'
import { sendStudies } from '../../../src/demo/send-studies.ts'
import type { ServiceProcess } from '../../../src/demo/service-process.ts'
import { syntheticRadiographs } from '../../../src/demo/sources.ts'
import { type DemoStack, startStack } from '../../../src/demo/stack.ts'
import { exchange, exchangeJson } from '../../../src/clients/http/exchange.ts'
import type { HttpService } from '../../../src/clients/http/http-service.ts'
import { StudySearch } from '../../../src/intake/study-search.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { type FhirServer, startFhirServer } from '../../servers/fhir-server.ts'
import { type Hl7Receiver, startHl7Receiver } from '../../servers/hl7-receiver.ts'
import { withOrthanc } from '../../servers/orthanc.ts'
import { type TraceReceiver, startTraceReceiver } from '../../servers/trace-receiver.ts'
import { until } from '../fixtures.ts'

const read = { method: 'GET', effect: 'read', maxBytes: 2 ** 24 } as const

const pacsPort = await freePort()
const onAt = (AET: string, Port: number) => ({ AET, Host: '127.0.0.1', Port })

describe('service with all features on', function () {
  this.timeout(120_000)
  const pacs = withOrthanc({
    ...{ DicomServerEnabled: true, DicomAet: 'PACS', DicomPort: pacsPort },
    DicomModalities: { archive: { ...onAt('ORTHANC', pacsPort), AllowStorageCommitment: false } },
  })
  let dir: string
  let fhir: FhirServer
  let hl7: Hl7Receiver
  let traces: TraceReceiver
  let stack: DemoStack
  let service: ServiceProcess | undefined

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-everything-'))
    fhir = await startFhirServer()
    hl7 = await startHl7Receiver()
    traces = await startTraceReceiver()
    stack = await startStack(dir, {
      Fhir: { Url: fhir.url, AuditEvents: true, Task: true },
      Hl7: { Host: '127.0.0.1', Port: hl7.port },
      Tracing: { OtlpUrl: traces.url },
      Engine: { Provider: 'cpu', BatchSize: 2 },
      Results: { Segmentation: true, SendTo: ['pacs'] },
      // Every finding is "present", so every study is urgent.
      Thresholds: { Present: 0, Absent: 0 },
    })
    const body = { contentType: 'application/json', data: JSON.stringify(onAt('PACS', pacsPort)) }
    const request = { method: 'PUT', path: '/modalities/pacs', accept: '*/*', effect: 'write', body } as const
    await exchange(stack.orthancApi, { ...request, maxBytes: 2 ** 20 })
  })

  after(async () => {
    await service?.stop('SIGKILL')
    await stack.orthanc.stop('SIGKILL')
    traces.stop()
    await hl7.stop()
    await fhir.stop()
    await rm(dir, { recursive: true })
  })

  const [study] = syntheticRadiographs(shippedAtlas(), { startedAt: new Date(), seed: 'everything' }, 1)
  const uid = study!.studyInstanceUid
  const isDone = async () => {
    const { studies } = await exchangeJson(stack.serviceApi, { ...read, path: '/api/studies' }, listSchema)
    return studies.some((one) => one.studyInstanceUid === uid && isDelivered(one))
  }
  const modalities = async (archive: HttpService) =>
    (await new StudySearch(archive).seriesOf(uid)).map(({ modality }) => modality)
  const auditEvents = () => fhir.repo.searchResources<AuditEvent>({ resourceType: 'AuditEvent' })

  before('processes one study', async () => {
    service = await stack.startService()
    await sendStudies([study!], stack.orthancApi)
    await until(isDone)
  })

  it('stores report, picture and segmentation in the archive and forwards them to the PACS', async () => {
    expect(await modalities(stack.dicomWeb)).to.have.members(['CR', 'SR', 'OT', 'SEG'])
    expect(await modalities(pacs().dicomWeb)).to.have.members(['SR', 'OT', 'SEG'])
  })

  it('writes the report and the urgent task to the FHIR server', async () => {
    const reports = await fhir.repo.searchResources<DiagnosticReport>({ resourceType: 'DiagnosticReport' })
    expect(reports.map(({ status }) => status)).to.deep.equal(['preliminary'])
    const tasks = await fhir.repo.searchResources<Task>({ resourceType: 'Task' })
    expect(tasks.map(({ priority }) => priority)).to.deep.equal(['urgent'])
  })

  it('sends one HL7 message with the Study Instance UID', () => {
    expect(hl7.messages.map((message) => message.get('MSH.9.1').toString())).to.deep.equal(['ORU'])
    expect(String(hl7.messages[0])).to.include(uid)
  })

  it('counts each delivery once and no failed delivery at /metrics', async () => {
    const text = new TextDecoder().decode(
      await exchange(stack.serviceApi, { ...read, path: '/metrics', accept: 'text/plain' }),
    )
    const counts = text.matchAll(/^lung_triage_deliveries_total\{target="(\w+)",outcome="delivered"\} (\d+)$/gm)
    expect(Object.fromEntries([...counts].map(([, target, count]) => [target, Number(count)]))).to.deep.equal({
      ...{ structuredReport: 1, pictures: 1, segmentations: 1, fhir: 1, hl7: 1, priority: 1, onward: 1 },
    })
    expect(text).to.not.match(/^lung_triage_deliveries_total\{.*outcome="failed"\} [1-9]/m)
  })

  it('sends a sign-in to the FHIR server as an AuditEvent', async () => {
    await fetch(service!.loginUrl, { redirect: 'manual' })
    await until(async () => (await auditEvents()).length > 0)
    expect((await auditEvents()).map(({ subtype }) => subtype?.[0]?.code)).to.deep.equal(['sign-in'])
  })

  it('exports the trace of the study, without its UID, before it has stopped', async () => {
    await service!.stop()
    const sent = traces.bodies.join()
    for (const step of ['study', 'decode', 'lungs', 'network', 'report']) expect(sent).to.include(`"name":"${step}"`)
    expect(sent).to.not.include(uid)
  })
})
