import { expect } from 'chai'
import { EmbeddedFhir } from '../../../src/deliver/embedded-fhir.ts'
import { matchesDate, parseDateSearch } from '../../../src/service/store/fhir-date.ts'
import { type ServiceBench, withService } from '../../service/service-bench.ts'

const patientSystem = 'urn:lung-triage:patient-id'

async function deliverReport({ store }: ServiceBench, patient: string, issued: string): Promise<void> {
  const identifier = (value: string) => [{ system: 'urn:test', value }]
  await new EmbeddedFhir(store.fhir).store({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:1',
        resource: { resourceType: 'Patient', identifier: [{ system: patientSystem, value: patient }] },
        request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${patientSystem}|${patient}` },
      },
      {
        fullUrl: 'urn:uuid:2',
        resource: { resourceType: 'ImagingStudy', identifier: identifier(`study-${patient}`), status: 'available' },
        request: { method: 'POST', url: 'ImagingStudy', ifNoneExist: `identifier=urn:test|study-${patient}` },
      },
      {
        fullUrl: 'urn:uuid:3',
        resource: {
          resourceType: 'DiagnosticReport',
          identifier: identifier(`report-${patient}`),
          status: 'preliminary',
          subject: { reference: 'urn:uuid:1' },
          imagingStudy: [{ reference: 'urn:uuid:2' }],
          issued,
        },
        request: { method: 'PUT', url: `DiagnosticReport?identifier=urn:test|report-${patient}` },
      },
    ],
  })
}

interface Bundle {
  readonly total: number
  readonly entry: readonly {
    readonly fullUrl: string
    readonly resource: { readonly issued: string; readonly id: string }
  }[]
  readonly link: readonly { readonly relation: string; readonly url: string }[]
}

describe('the FHIR routes', () => {
  const withReports = (test: (search: (query: string) => Promise<Bundle>, bench: ServiceBench) => Promise<void>) =>
    withService({}, async (bench) => {
      await deliverReport(bench, 'p1', '2026-03-01T08:00:00Z')
      await deliverReport(bench, 'p2', '2026-03-02T08:00:00Z')
      await test(async (query) => {
        const answer = await bench.ask(`/fhir/DiagnosticReport?${query}`)
        expect(answer.status, query).to.equal(200)
        expect(answer.headers.get('content-type')).to.include('application/fhir+json')
        return (await answer.json()) as Bundle
      }, bench)
    })

  it('find reports by identifier, patient, study and date', () =>
    withReports(async (search, { ask }) => {
      const issued = async (query: string) =>
        (await search(query)).entry.map(({ resource }) => resource.issued.slice(0, 10))
      expect(await issued('')).to.deep.equal(['2026-03-01', '2026-03-02'])
      expect(await issued('identifier=urn:test|report-p2')).to.deep.equal(['2026-03-02'])
      expect(await issued('identifier=report-p1')).to.deep.equal(['2026-03-01'])
      expect(await issued('identifier=urn:other|report-p1')).to.deep.equal([])
      expect(await issued(`patient.identifier=${patientSystem}|p2`)).to.deep.equal(['2026-03-02'])
      expect(await issued('date=ge2026-03-02')).to.deep.equal(['2026-03-02'])
      expect(await issued('date=2026-03')).to.deep.equal(['2026-03-01', '2026-03-02'])
      expect(await issued('date=gt2026-03-01&date=lt2026-03-02')).to.deep.equal([])
      const patients = (await (await ask('/fhir/Patient?identifier=p1')).json()) as Bundle
      const patient = patients.entry[0]?.resource.id ?? ''
      expect(await issued(`patient=${patient}`)).to.deep.equal(['2026-03-01'])
      expect(await issued(`subject=Patient/${patient}`)).to.deep.equal(['2026-03-01'])
      const studies = (await (await ask('/fhir/ImagingStudy?identifier=study-p2')).json()) as Bundle
      expect(await issued(`study=${studies.entry[0]?.resource.id ?? ''}`)).to.deep.equal(['2026-03-02'])
    }))

  it('read a resource at the fullUrl of a search', () =>
    withReports(async (search, { service, ask }) => {
      const { entry } = await search('identifier=report-p1')
      expect(entry[0]?.fullUrl.startsWith(service.url)).to.equal(true)
      const report = (await (await ask(new URL(entry[0]!.fullUrl).pathname)).json()) as Record<string, unknown>
      expect(report).to.deep.include({ resourceType: 'DiagnosticReport', status: 'preliminary' })
    }))

  it('return search results in pages', () =>
    withReports(async (search, { ask }) => {
      const first = await search('_count=1')
      expect([first.total, first.entry.length]).to.deep.equal([2, 1])
      const next = new URL(first.link.find(({ relation }) => relation === 'next')?.url ?? '')
      const second = (await (await ask(`${next.pathname}${next.search}`)).json()) as Bundle
      expect(second.entry.map(({ resource }) => resource.issued)).to.deep.equal(['2026-03-02T08:00:00Z'])
      expect(second.link.map(({ relation }) => relation)).to.deep.equal(['self'])
    }))

  it('refuse an unknown parameter or invalid value with 400, and an unknown type or ID with 404', () =>
    withReports(async (_search, { ask }) => {
      for (const query of ['name=x', 'patient:Patient.name=x', 'date=yesterday', '_count=-1', 'identifier=']) {
        const answer = await ask(`/fhir/DiagnosticReport?${query}`)
        expect(answer.status, query).to.equal(400)
        expect(await answer.json()).to.deep.include({ resourceType: 'OperationOutcome' })
      }
      for (const path of ['/fhir/Medication', '/fhir/DiagnosticReport/nowhere', '/fhir/__proto__/x']) {
        expect((await ask(path)).status, path).to.equal(404)
      }
    }))

  it('describe themselves in a CapabilityStatement', () =>
    withService({}, async ({ ask }) => {
      const statement = (await (await ask('/fhir/metadata')).json()) as Record<string, unknown>
      expect(statement).to.deep.include({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', kind: 'instance' })
    }))
})

describe('FHIR dates', () => {
  const matches = (issued: string, query: string): boolean | undefined => {
    const search = parseDateSearch(query)
    return search && matchesDate({ resourceType: 'DiagnosticReport', id: '1', issued }, search)
  }

  it('are compared by the interval they cover', () => {
    const issued = '2026-03-01T08:30:00+01:00'
    const found = [
      '2026',
      '2026-03',
      '2026-03-01',
      '2026-03-01T07:30',
      'ge2026-03-01',
      'le2026-03-01',
      'lt2026-03-02',
      'ne2025',
    ]
    const missed = ['2025', '2026-03-02', '2026-03-01T08:30', 'gt2026-03-01', 'lt2026-03-01', 'ne2026']
    for (const query of found) expect(matches(issued, query), query).to.equal(true)
    for (const query of missed) expect(matches(issued, query), query).to.equal(false)
  })

  it('are rejected if invalid', () => {
    for (const query of ['', 'ge', '26-03-01', '2026-13-01', '2026-02-99', '2026-03-01T25:00', 'xx2026']) {
      expect(parseDateSearch(query), query).to.equal(undefined)
    }
  })
})
