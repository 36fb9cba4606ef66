import { expect } from 'chai'
import { httpService } from '../../../src/clients/http/http-service.ts'
import { FhirReports } from '../../../src/intake/fhir-reports.ts'
import { lookAtReports } from '../../../src/service/read-back/fhir-read-back.ts'
import { createLog } from '../../../src/log.ts'
import { Feedback } from '../../../src/service/read-back/feedback.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { type FhirServer, startFhirServer } from '../../servers/fhir-server.ts'
import { realClock, studyUid, until, noEffects } from '../fixtures.ts'
import { type ServiceBench, accessionSystem, arrivalOf, withService } from '../service-bench.ts'

const keyOf = (uid: string): string => `result-${uid.replaceAll('.', '-')}`
const pneumonia = { system: 'http://snomed.info/sct', code: '233604007' }
const effusion = { system: 'http://snomed.info/sct', code: '60046008' }

describe('reading final reports from a FHIR server', () => {
  let server: FhirServer
  before(async function () {
    this.timeout(60_000)
    server = await startFhirServer()
  })
  after(() => server.stop())
  beforeEach(() => {
    server.repo.clear()
  })

  const service = () => httpService({ name: 'the FHIR server', url: server.url, credentials: { kind: 'none' } })

  const write = async (method: 'POST' | 'PUT', path: string, resource: Record<string, unknown>): Promise<string> => {
    const answer = await fetch(`${server.url}/${path}`, {
      method,
      headers: { 'Content-Type': 'application/fhir+json' },
      body: JSON.stringify(resource),
    })
    expect(answer.status, path).to.be.within(200, 201)
    return ((await answer.json()) as { id: string }).id
  }
  const report = (change: Record<string, unknown>, coding: Record<string, string> | null = pneumonia) => ({
    resourceType: 'DiagnosticReport',
    status: 'final',
    code: { text: 'Chest' },
    ...(coding && { conclusionCode: [{ coding: [coding] }] }),
    ...change,
  })
  const studyResource = (uid: string) => ({
    resourceType: 'ImagingStudy',
    status: 'available',
    subject: { display: 'somebody' },
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${uid}` }],
  })
  const judged = ({ store }: ServiceBench, uid: string) =>
    store.opinions.standing(keyOf(uid)).map(({ judgement, source }) => `${source} ${judgement}`)

  /** Studies 1 present, 2 absent, 3 undetermined. */
  const withStudies = (test: (bench: ServiceBench) => Promise<void>) => {
    const scores: Readonly<Record<string, number>> = { [studyUid(1)]: 0.9, [studyUid(2)]: 0.1, [studyUid(3)]: 0.5 }
    const find = ({ studyInstanceUid }: { readonly studyInstanceUid: string }) => scores[studyInstanceUid] ?? 0.9
    return withService({ fhir: service(), find }, async (bench) => {
      for (const uid of Object.keys(scores)) {
        await bench.feed(arrivalOf(uid))
        await until(() => bench.store.studies.get(uid)?.progress.state === 'done')
      }
      await test(bench)
    })
  }

  it('finds the study by ImagingStudy, UID or accession number, and records the judgement', () =>
    withStudies(async (bench) => {
      const [one, two, three] = [1, 2, 3].map(studyUid) as [string, string, string]
      const imagingStudy = await write('POST', 'ImagingStudy', studyResource(one))
      await write('POST', 'DiagnosticReport', report({ imagingStudy: [{ reference: `ImagingStudy/${imagingStudy}` }] }))
      const order = { resourceType: 'ServiceRequest', status: 'completed', intent: 'order', subject: { display: 'x' } }
      const request = await write('POST', 'ServiceRequest', {
        ...order,
        identifier: [{ system: accessionSystem, value: 'A-2' }],
      })
      await write('POST', 'DiagnosticReport', report({ basedOn: [{ reference: `ServiceRequest/${request}` }] }))
      const byUid = { identifier: { system: 'urn:dicom:uid', value: `urn:oid:${three}` } }
      await write('POST', 'DiagnosticReport', report({ imagingStudy: [byUid] }, effusion))
      await until(() => [one, two, three].every((uid) => judged(bench, uid).length > 0))
      expect(judged(bench, one)).to.deep.equal(['fhir agree'])
      expect(judged(bench, two)).to.deep.equal(['fhir disagree'])
      expect(judged(bench, three)).to.deep.equal(['fhir reads-absent'])
      expect(await (await bench.ask('/')).text()).to.include('The final report disagrees with the finding.')
      expect(bench.logLines.join('')).to.not.include('feedback.failed')
    }))

  it('updates the opinion of a corrected report, and withdraws that of a report entered in error', () =>
    withStudies(async (bench) => {
      const identifier = [{ system: accessionSystem, value: 'A-1' }]
      const id = await write('POST', 'DiagnosticReport', report({ identifier }))
      await until(() => judged(bench, studyUid(1)).length > 0)
      expect(judged(bench, studyUid(1))).to.deep.equal(['fhir agree'])
      await write('PUT', `DiagnosticReport/${id}`, report({ id, identifier, status: 'corrected' }, effusion))
      await until(() => judged(bench, studyUid(1)).join() === 'fhir disagree')
      await write('PUT', `DiagnosticReport/${id}`, report({ id, identifier, status: 'entered-in-error' }, effusion))
      await until(() => judged(bench, studyUid(1)).length === 0)
      expect(bench.store.opinions.allStanding()).to.deep.equal([])
    }))

  it('ignores our own reports, preliminary reports, reports without codes and reports on unknown studies', () =>
    withStudies(async (bench) => {
      const mine = { system: accessionSystem, value: 'A-1' }
      const own = { system: 'urn:lung-triage:result', value: `${keyOf(studyUid(1))}.report` }
      await write('POST', 'DiagnosticReport', report({ identifier: [mine, own] }, effusion))
      await write('POST', 'DiagnosticReport', report({ identifier: [mine], status: 'preliminary' }, effusion))
      await write('POST', 'DiagnosticReport', report({ identifier: [mine], conclusion: 'No pneumonia.' }, null))
      const elsewhere = { identifier: { system: 'urn:dicom:uid', value: 'urn:oid:1.2.3' } }
      await write('POST', 'DiagnosticReport', report({ identifier: [mine], imagingStudy: [elsewhere] }, effusion))
      const subject = { display: 'PLANTED^PATIENT^NAME' }
      await write('POST', 'DiagnosticReport', report({ subject }, effusion))
      await write('POST', 'DiagnosticReport', report({ identifier: [{ system: accessionSystem, value: 'A-2' }] }))
      await until(() => judged(bench, studyUid(2)).length > 0)
      expect(judged(bench, studyUid(1))).to.deep.equal([])
      expect(bench.store.opinions.allStanding()).to.have.length(1)
    }))

  it('reads page by page, each report once, and resumes at the stored position', () =>
    withService({ find: () => 0.9 }, async (bench) => {
      const writeReportOn = (number: number) => {
        const identifier = [{ system: accessionSystem, value: `A-${number}` }]
        return write('POST', 'DiagnosticReport', report({ identifier }))
      }
      for (const number of [1, 2, 3, 4, 5, 6, 7, 8]) {
        await bench.feed(arrivalOf(studyUid(number)))
        await until(() => bench.store.studies.get(studyUid(number))?.progress.state === 'done')
        if (number < 8) await writeReportOn(number)
      }
      const { store } = bench
      const log = createLog({ level: 'silent', studyKey: (uid) => uid })
      const feedback = new Feedback(store, new StudyRecorder(store.studies, realClock, log, noEffects), realClock)
      const options = {
        ...{ feedback, log, accessionSystem, studies: store.studies, positions: store.feeds, pageSize: 2 },
        reports: new FhirReports(service()),
      }
      const look = () => lookAtReports(options, new Date(0), new AbortController().signal)
      const read = () => store.opinions.allStanding().length
      await look()
      expect(read()).to.equal(7)
      const position = store.feeds.position('fhir-reports')!
      await look()
      expect(store.feeds.position('fhir-reports')).to.equal(position)
      expect(read()).to.equal(7)

      await writeReportOn(8)
      // The position is one hour ahead. A poll that ignored it would find the eighth report.
      store.feeds.moveTo('fhir-reports', position + 60 * 60_000)
      await look()
      expect(read()).to.equal(7)
      store.feeds.moveTo('fhir-reports', position)
      await look()
      expect(read()).to.equal(8)
    }))

  it('logs that the FHIR server is unreachable, and still serves pages', async () => {
    const second = await startFhirServer()
    const fhir = httpService({ name: 'the FHIR server', url: second.url, credentials: { kind: 'none' } })
    await second.stop()
    await withService({ fhir }, async (bench) => {
      await until(() => bench.logLines.join('').includes('feedback.failed'))
      expect(bench.logLines.join('')).to.include('HTTP_UNREACHABLE')
      expect((await bench.ask('/quality')).status).to.equal(200)
    })
  })
})
