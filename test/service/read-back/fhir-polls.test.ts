import { expect } from 'chai'
import { followFhirReports, lookAtReports } from '../../../src/service/read-back/fhir-read-back.ts'
import { readBack } from '../../../src/service/read-back/read-back.ts'
import type { FeedPositions } from '../../../src/service/store/store.ts'
import { accessionSystem } from '../service-bench.ts'
import { until } from '../fixtures.ts'
import { FakeReports, type ReadBackBench, byUid, report, withStudies } from './read-back-bench.ts'

const minute = 60_000
const base = Date.parse('2026-03-01T08:00:00.000Z')
const start = new Date(base - 3_600_000)
const never = new AbortController().signal
const referring = { imagingStudy: [{ reference: 'ImagingStudy/12' }] }

function optionsOf({ store, feedback, log }: ReadBackBench, { reports }: FakeReports, pageSize = 100) {
  return { reports, feedback, log, accessionSystem, pageSize, positions: store.feeds, studies: store.studies }
}

/** The positions that were stored, in order. */
function noted(feeds: FeedPositions): { positions: FeedPositions; moves: number[] } {
  const moves: number[] = []
  const moveTo = (feed: string, position: number): void => {
    moves.push(position)
    feeds.moveTo(feed, position)
  }
  return { positions: { position: (feed) => feeds.position(feed), mark: () => undefined, moveTo }, moves }
}

const untilAborted = (signal: AbortSignal | undefined) =>
  new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () => {
      reject(new Error('aborted'))
    })
  })

describe('poll for reports', () => {
  it('finds a report that becomes visible late, up to five minutes before the last one', () =>
    withStudies(async (bench) => {
      const fake = new FakeReports()
      fake.all.push({ atMs: base, resource: report('a', 1) })
      await lookAtReports(optionsOf(bench, fake), start, never)
      fake.all.push({ atMs: base - 5 * minute, resource: report('b', 2) })
      await lookAtReports(optionsOf(bench, fake), start, never)
      expect(fake.asked.map(({ sinceMs }) => sinceMs)).to.deep.equal([start.getTime(), base - 5 * minute])
      expect(bench.judged(2)).to.deep.equal(['agree'])
    }))

  it('never moves its position back, whatever it finds before it', () =>
    withStudies(async (bench) => {
      const fake = new FakeReports()
      for (const [place, atMs] of [base - 4 * minute, base - 3 * minute, base].entries())
        fake.all.push({ atMs, resource: report(`r${place}`, 1) })
      bench.store.feeds.moveTo('fhir-reports', base)
      const { positions, moves } = noted(bench.store.feeds)
      await lookAtReports({ ...optionsOf(bench, fake, 1), positions }, start, never)
      expect(moves).to.not.deep.equal([])
      expect(Math.min(...moves)).to.equal(base)
    }))

  it('moves its position after each page, and only when all its reports are recorded', () =>
    withStudies(async (bench) => {
      const fake = new FakeReports()
      fake.all.push({ atMs: base, resource: report('a', 1, byUid(1)) })
      fake.all.push({ atMs: base + minute, resource: report('b', 2, referring) })
      const atQuestion: unknown[] = []
      fake.before = async (question) => {
        if (question === 'resource') {
          for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
          atQuestion.push(bench.store.feeds.position('fhir-reports'))
        }
      }
      await lookAtReports(optionsOf(bench, fake, 1), start, never)
      expect(new Set(atQuestion)).to.deep.equal(new Set([base]))
      expect(bench.store.feeds.position('fhir-reports')).to.equal(base + minute)
    }))

  it('does not move its position past a report that cannot be read now', () =>
    withStudies(async (bench) => {
      const fake = new FakeReports()
      fake.all.push({ atMs: base, resource: report('a', 1, referring) })
      fake.before = (question) => (question === 'resource' ? Promise.reject(new Error('busy')) : Promise.resolve())
      const outcome = await lookAtReports(optionsOf(bench, fake), start, never).catch(String)
      expect(outcome).to.equal('Error: busy')
      expect(bench.store.feeds.position('fhir-reports')).to.equal(undefined)
    }))

  it('asks for larger pages up to 10,000 while all reports have one time, then skips the rest with a warning', () =>
    withStudies(async (bench) => {
      const fake = new FakeReports()
      for (let place = 0; place < 10_001; place++) fake.all.push({ atMs: base, resource: {} })
      fake.all.push({ atMs: base + 1, resource: report('a', 1) })
      await lookAtReports(optionsOf(bench, fake, 5000), start, never)
      expect(fake.asked).to.deep.equal([
        { sinceMs: start.getTime(), limit: 5000 },
        { sinceMs: base, limit: 5000 },
        { sinceMs: base, limit: 10_000 },
        { sinceMs: base + 1, limit: 10_000 },
      ])
      expect(bench.judged(1)).to.deep.equal(['agree'])
      expect(bench.events().filter((event) => event === 'feedback.failed')).to.have.length(1)
    }))

  it('reads nothing else about a report that names its study', () =>
    withStudies(async (bench) => {
      const fake = new FakeReports()
      const { imagingStudy } = byUid(1)
      fake.all.push({
        atMs: base,
        resource: report('a', 1, { imagingStudy: [...imagingStudy, ...referring.imagingStudy] }),
      })
      await lookAtReports(optionsOf(bench, fake), start, never)
      expect(fake.read).to.deep.equal([])
      expect(bench.judged(1)).to.deep.equal(['agree'])
    }))

  it('records no opinion of a report about two known studies', () =>
    withStudies(async (bench) => {
      const fake = new FakeReports()
      fake.all.push({ atMs: base, resource: report('a', 1, byUid(1, 2)) })
      await lookAtReports(optionsOf(bench, fake), start, never)
      expect([...bench.judged(1), ...bench.judged(2)]).to.deep.equal([])
    }))

  it('tells how many opinions are new, once', () =>
    withStudies(async (bench) => {
      const fake = new FakeReports()
      fake.all.push({ atMs: base, resource: report('a', 1) })
      await lookAtReports(optionsOf(bench, fake), start, never)
      await lookAtReports(optionsOf(bench, fake), start, never)
      const told = bench.events().filter((event) => event !== 'study.arrived')
      expect(told).to.deep.equal(['study.judged', 'feedback.read'])
    }))
})

describe('polls for reports', () => {
  it('come at intervals of minutes, also after a failure', () =>
    withStudies(async (bench) => {
      for (const failure of [undefined, new Error('busy')]) {
        const fake = new FakeReports()
        if (failure !== undefined) fake.before = () => Promise.reject(failure)
        const stopping = new AbortController()
        const following = followFhirReports(optionsOf(bench, fake), 1, start, stopping.signal)
        // Longer than 60 milliseconds, and far shorter than a minute.
        await new Promise((resolve) => setTimeout(resolve, 150))
        stopping.abort()
        await following
        expect(fake.asked).to.have.length(1)
      }
      expect(bench.events()).to.include('feedback.failed')
    }))

  for (const hanging of ['search', 'resource'] as const)
    it(`end when stopped while a ${hanging} gets no answer, which is not logged as a failure`, () =>
      withStudies(async (bench) => {
        const fake = new FakeReports()
        fake.all.push({ atMs: base, resource: report('a', 1, referring) })
        let hangs = false
        fake.before = (question, signal) => {
          if (question !== hanging) return Promise.resolve()
          hangs = true
          return untilAborted(signal)
        }
        const stopping = new AbortController()
        const following = followFhirReports(optionsOf(bench, fake), 1, start, stopping.signal)
        await until(() => hangs)
        stopping.abort()
        await following
        expect(bench.events()).to.not.include('feedback.failed')
      }))

  it('start at the oldest study that may still be stored, and have ended when the stop returns', () =>
    withStudies(async (bench) => {
      const fake = new FakeReports()
      const answer = Promise.withResolvers<undefined>()
      fake.before = () => answer.promise
      const { store, clock, log, feedback } = bench
      const fhir = { reports: fake.reports, pollMinutes: 1, accessionSystem }
      const running = readBack({ fhir, signedReports: undefined, store, retentionDays: 30, clock, log })(feedback)
      expect(fake.asked[0]?.sinceMs).to.equal(clock.now().getTime() - 30 * 24 * 3_600_000)
      let stopped = false
      const stopping = running.stop().then(() => (stopped = true))
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
      expect(stopped).to.equal(false)
      answer.resolve(undefined)
      await stopping
    }))
})
