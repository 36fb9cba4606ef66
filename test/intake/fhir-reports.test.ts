import { expect } from 'chai'
import { FhirReports } from '../../src/intake/fhir-reports.ts'
import { failureOf } from '../servers/failure-of.ts'
import { withAnswers } from '../servers/http-answers.ts'

const since = new Date('2026-03-01T08:00:00Z')
const report = (lastUpdated?: string) => ({
  resource: { resourceType: 'DiagnosticReport', ...(lastUpdated !== undefined && { meta: { lastUpdated } }) },
})
const patient = { resource: { resourceType: 'Patient', meta: { lastUpdated: '2026-03-09T00:00:00Z' } } }
const nextLink = { link: [{ relation: 'self' }, { relation: 'next' }] }
const [first, second] = [report('2026-03-01T09:00:00Z'), report('2026-03-01T11:00:00+01:00')]

/** The page that a server's answer makes, and the search that it was asked for. */
async function pageOf(bundle: object, limit = 10) {
  const asked: string[] = []
  const answer = JSON.stringify({ resourceType: 'Bundle', ...bundle })
  let page: Awaited<ReturnType<FhirReports['changedSince']>> | undefined
  await withAnswers(
    ({ url }, response) => {
      asked.push(url ?? '')
      response.setHeader('Content-Type', 'application/fhir+json').end(answer)
    },
    async (service) => {
      page = await new FhirReports(service).changedSince(since, limit)
    },
  )
  return { ...page!, asked }
}

describe('a page of reports from a FHIR server', () => {
  it('is asked for by status and time of change, oldest first, without texts and names', async () => {
    const { asked } = await pageOf({}, 7)
    const url = new URL(asked[0]!, 'http://server')
    expect(url.pathname).to.equal('/DiagnosticReport')
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({
      status: 'final,amended,corrected,appended,cancelled,entered-in-error',
      _lastUpdated: 'ge2026-03-01T08:00:00.000Z',
      _sort: '_lastUpdated',
      _count: '7',
      _elements: 'identifier,status,basedOn,imagingStudy,conclusionCode,meta,contained',
    })
  })

  it('is empty without entries', async () => {
    const { reports, more, lastUpdated } = await pageOf({})
    expect([reports, more, lastUpdated]).to.deep.equal([[], false, undefined])
  })

  it('has the reports alone, and the time of the last change in any time zone', async () => {
    const { reports, more, lastUpdated } = await pageOf({ entry: [first, patient, second] })
    expect(reports).to.have.length(2)
    expect([more, lastUpdated?.toISOString()]).to.deep.equal([false, '2026-03-01T10:00:00.000Z'])
  })

  it('is followed by another if it is full or the server says so', async () => {
    expect((await pageOf({ entry: [first, second] }, 2)).more).to.equal(true)
    expect((await pageOf({ entry: [first, second] }, 3)).more).to.equal(false)
    expect((await pageOf({ entry: [first], ...nextLink })).more).to.equal(true)
  })

  for (const [title, entry] of [
    ['two reports are in the wrong order', [second, first]],
    ['a report has no time', [first, report()]],
    ["a report's time cannot be read", [first, report('yesterday')]],
  ] as const) {
    it(`is refused if it is not the last and ${title}, since reports would be lost`, async () => {
      expect((await failureOf(pageOf({ entry, ...nextLink }))).code).to.equal('INTAKE_REPORTS_UNORDERED')
    })

    it(`is read if it is the last, although ${title}`, async () => {
      expect((await pageOf({ entry })).reports).to.have.length(2)
    })
  }

  it('may hold reports that changed at the same time', async () => {
    expect((await pageOf({ entry: [first, first, second], ...nextLink })).reports).to.have.length(3)
  })
})

describe('a resource that a report refers to', () => {
  const read = async (status: number) => {
    let resource: unknown
    await withAnswers(
      (_request, response) => {
        response
          .writeHead(status, { 'Content-Type': 'application/fhir+json' })
          .end('{"resourceType":"Patient","id":"1"}')
      },
      async (service) => {
        resource = await new FhirReports(service).resource('Patient/1')
      },
    )
    return resource
  }

  it('is read by its reference', async () => {
    expect(await read(200)).to.deep.equal({ resourceType: 'Patient', id: '1' })
  })

  for (const status of [401, 403, 404, 410]) {
    it(`is undefined after ${status}: other data may identify the study`, async () => {
      expect(await read(status)).to.equal(undefined)
    })
  }

  it('is an error if the server fails', async () => {
    expect((await failureOf(read(503))).failureClass).to.equal('transient')
  })
})
