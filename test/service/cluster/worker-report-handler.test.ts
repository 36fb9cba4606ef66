import { expect } from 'chai'
import type { KeptResults } from '../../../src/pipeline.ts'
import { WorkerReportHandler } from '../../../src/service/cluster/worker-report-handler.ts'
import type { WorkReport } from '../../../src/service/cluster/work-reports.ts'
import type { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { log } from '../queue/runner-bench.ts'
import { prediction, resultsOf, setClock, studyUid } from '../fixtures.ts'
import { withStore } from '../store/with-store.ts'

const study = { studyInstanceUid: studyUid(1) }
const found = prediction(study.studyInstanceUid, 0.9)
const kept: KeptResults = { prediction: found, results: resultsOf(found, Uint8Array.of(1)) }
const { resultKey } = kept.results
const failure = { code: 'HTTP_BUSY', message: 'busy', failureClass: 'transient' } as const

const reports = {
  started: { kind: 'started', study, attempt: 1 },
  waiting: { kind: 'waiting', study },
  retrying: { kind: 'retrying', study, attempt: 1, due: '2026-03-01T08:00:00.000Z', failure },
  reported: { kind: 'reported', study, resultKey, ms: {} },
  skipped: { kind: 'skipped', study, problem: { code: 'NO_IMAGES', reason: 'no image' } },
  dead: { kind: 'dead', study, attempt: 8, failure },
} as const satisfies Record<string, WorkReport>

/**
 * Redis, which answers late. The journal names what was asked, with the study's state.
 */
class Machines {
  readonly journal: string[] = []
  readonly handler: WorkerReportHandler
  readonly recorder: StudyRecorder
  /** The results in Redis, if it has them. */
  results: KeptResults | undefined = kept
  fails: string | undefined
  readonly #store: SqliteStore

  constructor(store: SqliteStore) {
    this.#store = store
    this.recorder = new StudyRecorder(store.studies, setClock(), log, {
      deliver: () => {
        this.journal.push(`queue deliveries (${this.state ?? ''})`)
      },
      takeBackRejected: (_uid, rejected) => {
        this.journal.push(`take back ${rejected.join()} (${this.state ?? ''})`)
      },
    })
    this.handler = new WorkerReportHandler(this.recorder, {
      ...{ store, log },
      queue: { enqueue: () => this.#step('enqueue') } as never,
      results: {
        kept: () => this.#step('fetch results').then(() => this.results),
        discard: () => this.#step('discard results'),
      } as never,
    })
    this.recorder.arrived(study)
  }

  get state(): string | undefined {
    return this.#store.studies.get(study.studyInstanceUid)?.progress.state
  }

  async #step(name: string): Promise<void> {
    await new Promise(setImmediate)
    if (this.fails === name) throw new Error(name)
    this.journal.push(`${name} (${this.state ?? ''})`)
  }
}

const withMachines = (test: (machines: Machines, store: SqliteStore) => Promise<void>) =>
  withStore((open) => {
    const store = open()
    return test(new Machines(store), store)
  })

describe('report of a worker', () => {
  for (const [kind, state, journal] of [
    ['started', 'active', []],
    ['waiting', 'waiting', []],
    ['retrying', 'retrying', []],
    ['reported', 'done', ['fetch results (waiting)', 'queue deliveries (waiting)', 'discard results (done)']],
    ['skipped', 'skipped', ['discard results (skipped)']],
    ['dead', 'dead', ['discard results (dead)']],
  ] as const)
    it(`"${kind}" makes the study ${state}, in this order: ${journal.join(', ') || 'nothing else'}`, () =>
      withMachines(async (machines, store) => {
        await machines.handler.handle(reports[kind])
        expect(machines.state).to.equal(state)
        expect(machines.journal).to.deep.equal(journal)
        expect(store.results.keptResults(resultKey) !== undefined, 'stored').to.equal(kind === 'reported')
      }))

  for (const kind of ['reported', 'skipped'] as const)
    it(`"${kind}" takes back the results on images that were rejected, before anything else`, () =>
      withMachines(async (machines) => {
        await machines.handler.handle({ ...reports[kind], rejected: ['1.2.3', '1.2.4'] })
        expect(machines.journal.find((step) => step.startsWith('take back'))).to.equal(
          'take back 1.2.3,1.2.4 (waiting)',
        )
        await machines.handler.handle({ ...reports[kind], rejected: [] })
        expect(machines.journal.filter((step) => step.startsWith('take back'))).to.have.length(1)
      }))

  it('on results that are stored already does not fetch them again', () =>
    withMachines(async (machines) => {
      await machines.handler.handle(reports.reported)
      machines.results = undefined
      await machines.handler.handle(reports.reported)
      expect(machines.state).to.equal('done')
      expect(machines.journal.filter((step) => step.startsWith('fetch'))).to.have.length(1)
    }))

  it('on results that Redis lost queues the study again, and neither ends it nor discards anything', () =>
    withMachines(async (machines) => {
      machines.results = undefined
      await machines.handler.handle(reports.reported)
      expect(machines.journal).to.deep.equal(['fetch results (waiting)', 'enqueue (waiting)'])
    }))

  for (const [kind, step, state] of [
    ['reported', 'fetch results', 'waiting'],
    ['reported', 'discard results', 'done'],
    ['dead', 'discard results', 'dead'],
    ['skipped', 'discard results', 'skipped'],
  ] as const)
    it(`"${kind}" fails, so that it is repeated, if it cannot ${step}`, () =>
      withMachines(async (machines) => {
        machines.fails = step
        const outcome = await machines.handler.handle(reports[kind]).catch((error: unknown) => String(error))
        expect(outcome).to.equal(`Error: ${step}`)
        expect(machines.state).to.equal(state)
      }))

  it('fails if a study whose results were lost cannot be queued', () =>
    withMachines(async (machines) => {
      machines.results = undefined
      machines.fails = 'enqueue'
      const outcome = await machines.handler.handle(reports.reported).catch((error: unknown) => String(error))
      expect(outcome).to.equal('Error: enqueue')
    }))

  for (const kind of ['started', 'waiting', 'retrying'] as const)
    it(`"${kind}" does not revive a study that was cancelled`, () =>
      withMachines(async (machines) => {
        machines.recorder.cancelled(study)
        await machines.handler.handle(reports[kind])
        expect(machines.state).to.equal('skipped')
      }))

  for (const [kind, state] of [
    ['reported', 'done'],
    ['dead', 'dead'],
  ] as const)
    it(`"${kind}" is recorded although the study was cancelled during the work`, () =>
      withMachines(async (machines) => {
        machines.recorder.cancelled(study)
        await machines.handler.handle(reports[kind])
        expect(machines.state).to.equal(state)
      }))

  it('"started" is recorded for a study that was skipped for another reason before', () =>
    withMachines(async (machines) => {
      await machines.handler.handle(reports.skipped)
      await machines.handler.handle(reports.started)
      expect(machines.state).to.equal('active')
    }))
})
