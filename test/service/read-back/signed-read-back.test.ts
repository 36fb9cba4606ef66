import { expect } from 'chai'
import type { StudyArrival } from '../../../src/intake/feed/change-feed.ts'
import type { OrthancReports } from '../../../src/intake/orthanc-reports.ts'
import { codes } from '../../../src/report/codes.ts'
import { readBack } from '../../../src/service/read-back/read-back.ts'
import { findingGroup, radiologistsReport } from '../../servers/signed-reports.ts'
import { studyUid } from '../fixtures.ts'
import { type ReadBackBench, withStudies } from './read-back-bench.ts'

const studyInstanceUid = studyUid(1)
const signed = (presence: 'present' | 'absent', verifiedAt: string) =>
  radiologistsReport({ studyInstanceUid, verifiedAt, content: [findingGroup(codes.pneumonia, presence)] }).bytes
const [early, late] = [signed('present', '20240301120000'), signed('absent', '20240302090000')]
const damaged = Uint8Array.from({ length: 200 }, (_, place) => place)

const arrivalOf = (...series: readonly [uid: string, modality: string][]): StudyArrival => ({
  study: { studyInstanceUid },
  series: series.map(([seriesInstanceUid, modality]) => ({ seriesInstanceUid, modality, instanceCount: 1 })),
})

/** Announces a study whose reports are these files. Returns the series that were left out, for each question. */
async function announce(
  { store, clock, log, feedback }: ReadBackBench,
  arrival: StudyArrival,
  files: () => Promise<readonly Uint8Array[]>,
): Promise<readonly (readonly string[])[]> {
  const asked: (readonly string[])[] = []
  const signedReports = {
    structuredReports: async (_study: unknown, except: ReadonlySet<string>) => {
      asked.push([...except])
      await new Promise(setImmediate)
      return files()
    },
  } as unknown as OrthancReports
  const options = { fhir: undefined, signedReports, store, retentionDays: 30, clock, log }
  await readBack(options)(feedback).arrived(arrival)
  return asked
}

describe('signed reports of an announced study', () => {
  it('are not asked for if the study has none besides our own', () =>
    withStudies(async (bench) => {
      bench.store.results.noteOwnSeries(studyInstanceUid, '1.9')
      const asked = await announce(bench, arrivalOf(['1.1', 'CR'], ['1.9', 'SR']), () => Promise.resolve([late]))
      expect(asked).to.deep.equal([])
    }))

  it('are read without our own, before the announcement counts as handled', () =>
    withStudies(async (bench) => {
      bench.store.results.noteOwnSeries(studyInstanceUid, '1.9')
      const asked = await announce(bench, arrivalOf(['1.9', 'SR'], ['1.2', 'SR']), () => Promise.resolve([late]))
      expect(asked).to.deep.equal([['1.9']])
      expect(bench.judged(1)).to.deep.equal(['disagree'])
    }))

  for (const [order, files] of Object.entries({
    'in that order': [early, late],
    'in the other order': [late, early],
    'beside a damaged file': [late, damaged, early],
  }))
    it(`count by the time of their verification: ${order}`, () =>
      withStudies(async (bench) => {
        await announce(bench, arrivalOf(['1.2', 'SR']), () => Promise.resolve(files))
        expect(bench.judged(1)).to.deep.equal(['disagree'])
        expect(bench.events().includes('feedback.failed')).to.equal(files.includes(damaged))
      }))

  it('do not block the intake if they cannot be read', () =>
    withStudies(async (bench) => {
      await announce(bench, arrivalOf(['1.2', 'SR']), () => Promise.reject(new Error('no answer')))
      expect(bench.judged(1)).to.deep.equal([])
      expect(bench.events()).to.include('feedback.failed')
    }))
})

describe("opinion of a radiologist's report", () => {
  const document = (id: string, version = '1') => ({ source: 'fhir' as const, document: { id, version } })

  it('is recorded and told once for each version of the report', () =>
    withStudies(({ feedback, events, judged }) => {
      const opinion = { studyInstanceUid, reading: 'absent', ...document('a') } as const
      expect([feedback.fromReport(opinion), feedback.fromReport(opinion)]).to.deep.equal([true, false])
      expect(judged(1)).to.deep.equal(['disagree'])
      expect(events().filter((event) => event === 'study.judged')).to.have.length(1)
    }))

  it('is withdrawn only by a later version of the same report that states nothing', () =>
    withStudies(({ feedback, judged }) => {
      feedback.fromReport({ studyInstanceUid, reading: 'absent', ...document('a') })
      expect(feedback.fromReport({ studyInstanceUid, reading: undefined, ...document('b') })).to.equal(false)
      expect(judged(1)).to.deep.equal(['disagree'])
      expect(feedback.fromReport({ studyInstanceUid, reading: undefined, ...document('a', '2') })).to.equal(true)
      expect(judged(1)).to.deep.equal([])
    }))

  it('is recorded only once if it is given on the page twice, and not at all if it is withdrawn before', () =>
    withStudies(({ feedback, store }) => {
      const study = store.studies.get(studyInstanceUid)!
      for (const judgement of ['withdrawn', 'agree', 'agree', 'disagree', 'withdrawn', 'withdrawn'] as const)
        feedback.fromPage(study, 'result-1', judgement, 'token')
      const recorded = store.opinions.ofStudy(studyInstanceUid).map(({ judgement }) => judgement)
      expect(recorded).to.deep.equal(['agree', 'disagree', 'withdrawn'])
    }))
})
