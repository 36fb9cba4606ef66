import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { OrthancPriority } from '../../src/deliver/orthanc-priority.ts'
import { failureOf } from '../servers/failure-of.ts'
import { withAnswers } from '../servers/http-answers.ts'
import { studyUid } from '../service/fixtures.ts'

/** Orthanc 1.12 has labels; the Orthanc of the other tests may be older. */
type Version = '1.10.1' | '1.12.7'

const label = 'pneumonia-suspected'
const metadata = 4701
const uid = studyUid(1)

interface FakeOrthanc {
  readonly version: Version
  /** Orthanc IDs of the study. */
  readonly studies: readonly string[]
  /** Paths below `/studies`, with their content. */
  readonly marks: Map<string, string>
}

/** Sets or deletes a mark. Returns the HTTP status. */
function change({ version, studies, marks }: FakeOrthanc, method: string, url: string, body: string): number {
  const [, path = '', study = '', kind] = /^\/studies\/(([^/]+)\/(labels|metadata)\/[\w-]+)$/.exec(url) ?? []
  if (!studies.includes(study) || (kind === 'labels' && version === '1.10.1')) return 404
  if (method === 'DELETE') return marks.delete(path) ? 200 : 404
  marks.set(path, body)
  return 200
}

/** The part of Orthanc's REST API that marks use. */
const withFakeOrthanc = (orthanc: FakeOrthanc, test: (priority: OrthancPriority) => Promise<void>) => {
  const { version, studies } = orthanc
  const hasLabels = version === '1.12.7' && { HasLabels: true }
  const found = [{ ID: 'a-series', Type: 'Series' }, ...studies.map((ID) => ({ ID, Type: 'Study' }))]
  return withAnswers(
    async (request, response) => {
      const { method = '', url = '' } = request
      const body = await text(request)
      const json = (value: unknown) =>
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
      if (url === '/system') json({ Name: 'Test', Version: version, ApiVersion: 1, ...hasLabels })
      else if (url === '/tools/lookup') json(body === uid ? found : [])
      else response.writeHead(change(orthanc, method, url, body)).end()
    },
    (service) => test(new OrthancPriority(new OrthancClient(service), { label, metadata })),
  )
}

const marksOf: Readonly<Record<Version, (study: string) => [string, string]>> = {
  '1.10.1': (study) => [`${study}/metadata/${metadata}`, label],
  '1.12.7': (study) => [`${study}/labels/${label}`, ''],
}

for (const version of ['1.10.1', '1.12.7'] as const)
  describe(`priority mark in Orthanc ${version}`, () => {
    const studies = ['one-0001', 'two-0002']
    const both = studies.map(marksOf[version])
    const others: [string, string][] = [
      ['one-0001/labels/reviewed', ''],
      ['two-0002/metadata/4700', 'of another program'],
    ]

    it('is set once on every study with the UID, and taken back from every one, beside marks of others', () => {
      const marks = new Map(others)
      return withFakeOrthanc({ version, studies, marks }, async (priority) => {
        for (let attempt = 0; attempt < 2; attempt++) await priority.raise(uid)
        expect([...marks]).to.have.deep.members([...others, ...both])
        for (let attempt = 0; attempt < 2; attempt++) await priority.takeBack(uid)
        expect([...marks]).to.deep.equal(others)
      })
    })

    it('is refused for a study that is no longer in Orthanc, and needs no taking back there', () =>
      withFakeOrthanc({ version, studies: [], marks: new Map() }, async (priority) => {
        expect((await failureOf(priority.raise(uid))).code).to.equal('DELIVER_STUDY_NOT_MARKED')
        await priority.takeBack(uid)
      }))
  })

describe('priority mark of a study that was marked before an upgrade of Orthanc to 1.12', () => {
  it('is taken back as label and as metadata', () => {
    const marks = new Map([marksOf['1.10.1']('one'), marksOf['1.12.7']('one')])
    return withFakeOrthanc({ version: '1.12.7', studies: ['one'], marks }, async (priority) => {
      await priority.takeBack(uid)
      expect([...marks]).to.deep.equal([])
    })
  })
})
