import { expect } from 'chai'
import { countPastStudies, describePastStudies } from '../../src/intake/past-studies.ts'
import { StudySearch } from '../../src/intake/study-search.ts'
import { withAnswers } from '../servers/http-answers.ts'

const element = (vr: string, value: unknown) => ({ vr, Value: [value] })
const study = (uid: string, modality = 'CR') => ({
  '0020000D': element('UI', uid),
  '00080061': element('CS', modality),
})
const report = (uid: string, changed: object = {}) => ({
  '0020000D': element('UI', uid),
  '0020000E': element('UI', `2.25.${uid}`),
  '00080060': element('CS', 'SR'),
  '00080070': element('LO', 'Lung Triage'),
  '0008103E': element('LO', 'Pneumonia triage (not for diagnostic use)'),
  ...changed,
})

interface Archive {
  readonly studies: readonly object[]
  readonly reports?: readonly object[]
}

/** How many requests were made, and what was counted. */
async function counted({ studies, reports = [] }: Archive, pageSize = 500) {
  let requests = 0
  let told: string | undefined
  await withAnswers(
    ({ url = '' }, response) => {
      requests++
      const { pathname, searchParams } = new URL(url, 'http://archive')
      const matches = pathname.endsWith('/series') ? reports : studies
      const from = Number(searchParams.get('offset'))
      response.end(JSON.stringify(matches.slice(from, from + Number(searchParams.get('limit')))))
    },
    async (archive) => {
      told = describePastStudies(await countPastStudies(new StudySearch(archive, pageSize)))
    },
  )
  return { requests, told }
}

const sentence = 'no report of this program. The service takes new studies only; run backfill to analyse these.'

describe('counting the past studies of an archive', () => {
  it('counts the studies with radiographs that have no report of ours', async () => {
    const { told } = await counted({
      studies: [study('1'), study('2'), study('3', 'CT'), study('4')],
      reports: [report('2')],
    })
    expect(told).to.equal(`2 studies with radiographs in the archive have ${sentence}`)
  })

  it('says nothing if there is none', async () => {
    expect((await counted({ studies: [study('1')], reports: [report('1')] })).told).to.equal(undefined)
  })

  for (const [what, changed] of [
    ['manufacturer', { '00080070': element('LO', 'Acme') }],
    ['UID root', { '0020000E': element('UI', '1.2.3') }],
    ['description', { '0008103E': element('LO', 'Pneumonia') }],
    ['modality', { '00080060': element('CS', 'KO') }],
  ] as const)
    it(`counts a study with a report of another ${what}`, async () => {
      const { told } = await counted({ studies: [study('1')], reports: [report('1', changed)] })
      expect(told).to.equal(`1 study with radiographs in the archive has ${sentence}`)
    })

  it('recognises our report in an archive that does not return the manufacturer', async () => {
    const { told } = await counted({ studies: [study('1')], reports: [report('1', { '00080070': { vr: 'LO' } })] })
    expect(told).to.equal(undefined)
  })

  it('stops at 10,000 studies and says that there are at least so many', async () => {
    const studies = Array.from({ length: 20_000 }, (_, index) => study(`1.${index}`))
    const { told, requests } = await counted({ studies })
    expect(told).to.equal(`At least 10000 studies with radiographs in the archive have ${sentence}`)
    expect(requests).to.equal(22)
  })

  it('says nothing about an archive with too many reports to compare', async () => {
    const reports = Array.from({ length: 50_001 }, (_, index) => report(`1.${index}`))
    expect((await counted({ studies: [study('1')], reports }, 25_000)).told).to.equal(undefined)
  })
})
