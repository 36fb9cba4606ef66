import fc from 'fast-check'
import { expect } from 'chai'
import type { StudyArrival } from '../../src/intake/feed/change-feed.ts'
import { FakeOrthanc, MemoryCursor, type MemoryTimes, followFake, memoryTimes, unwrittenTimes } from './fake-orthanc.ts'

const study = fc.constantFrom('a', 'b', 'c')

/** What happens in Orthanc and in the service, and when the service polls. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('receive' as const), study }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), study }) },
  fc.record({ kind: fc.constantFrom('restart Orthanc', 'restart the service', 'poll', 'fail to record' as const) }),
  fc.record({
    kind: fc.constant('fail' as const),
    call: fc.constantFrom('changes', 'study', 'seriesOfStudy', 'studyOfInstance' as const),
  }),
)

/** What makes changes disappear. */
const loss = fc.oneof(
  fc.record({ kind: fc.constantFrom('clear the log' as const) }),
  fc.record({ kind: fc.constant('remove' as const), study }),
  fc.record({ kind: fc.constant('replace' as const), studies: fc.uniqueArray(study, { maxLength: 3 }) }),
)
type Happening = Loss | Usual
type Loss = typeof loss extends fc.Arbitrary<infer Value> ? Value : never
type Usual = typeof happening extends fc.Arbitrary<infer Value> ? Value : never

/** The happenings between two starts of the service, as groups: it polls after each group. */
function runsOf(happenings: readonly Happening[]): Happening[][][] {
  const runs: Happening[][][] = [[[]]]
  for (const one of happenings) {
    if (one.kind === 'restart the service') runs.push([[]])
    else if (one.kind === 'poll') runs.at(-1)!.push([])
    else runs.at(-1)!.at(-1)!.push(one)
  }
  return runs
}

class Hospital {
  readonly orthanc = new FakeOrthanc()
  readonly cursor: MemoryCursor
  readonly times: MemoryTimes
  /** The number of objects of each study when it was recorded last. */
  readonly recorded = new Map<string, number>()
  #failsToRecord = false

  constructor(cursor = new MemoryCursor(), times = memoryTimes()) {
    this.cursor = cursor
    this.times = times
  }

  happen(one: Happening): void {
    const { orthanc } = this
    if (one.kind === 'receive') orthanc.receive(one.study)
    if (one.kind === 'settle' && orthanc.studies.get(one.study)?.isStable === false) orthanc.settle(one.study)
    if (one.kind === 'restart Orthanc') orthanc.restart()
    if (one.kind === 'fail') orthanc.failsNext = one.call
    if (one.kind === 'fail to record') this.#failsToRecord = true
    if (one.kind === 'clear the log') orthanc.clearLog()
    if (one.kind === 'remove') orthanc.remove(one.study)
    if (one.kind === 'replace') orthanc.replace(...one.studies)
    orthanc.wait(0.01)
  }

  async record({ study: { orthancId }, series }: StudyArrival): Promise<void> {
    await new Promise(setImmediate)
    if (this.#failsToRecord) {
      this.#failsToRecord = false
      throw new Error('disk full')
    }
    this.recorded.set(
      orthancId!,
      series.reduce((count, { instanceCount }) => count + instanceCount, 0),
    )
  }

  async follow(groups: readonly (readonly Happening[])[], pageSize: number): Promise<void> {
    const steps = groups.map((group) => () => {
      for (const one of group) this.happen(one)
    })
    const { orthanc, cursor, times } = this
    await followFake(orthanc, steps, { cursor, times, pageSize, onStudy: (arrival) => this.record(arrival) })
  }
}

describe('following any change log', () => {
  it('records each study as it is in the end, whatever fails, is lost or restarts, and moves to the end', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(happening, { maxLength: 30, size: 'max' }),
        fc.integer({ min: 1, max: 5 }),
        async (all, pageSize) => {
          const hospital = new Hospital()
          const { orthanc, cursor, recorded } = hospital
          for (const groups of runsOf(all)) await hospital.follow(groups, pageSize)
          orthanc.restart()
          await hospital.follow([[], []], pageSize)
          const counts = [...orthanc.studies].map(([id, { instances }]) => [id, instances.length] as const)
          expect(Object.fromEntries(recorded)).to.deep.equal(Object.fromEntries(counts))
          expect(cursor.seq).to.equal(orthanc.last)
        },
      ),
      { numRuns: 100 },
    ))

  it('records each study that is left, whatever part of the log is lost and however often the database is replaced', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 5, arbitrary: happening }, loss), { maxLength: 30, size: 'max' }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (all, pageSize, isFirstStart) => {
          const hospital = isFirstStart ? new Hospital(MemoryCursor.unwritten(), unwrittenTimes()) : new Hospital()
          const { orthanc, recorded, times } = hospital
          if (!isFirstStart) times.reconciled.ms = orthanc.now.getTime()
          if (isFirstStart) await hospital.follow([], pageSize)
          orthanc.wait(0.01)
          const runs = runsOf(all)
          // Without a further start, which would compare all studies anyway.
          runs.at(-1)!.push([{ kind: 'restart Orthanc' }], [], [], [])
          for (const groups of runs) await hospital.follow(groups, pageSize)
          const counts = [...orthanc.studies].map(([id, { instances }]) => [id, instances.length] as const)
          const left = [...recorded].filter(([id]) => orthanc.studies.has(id))
          expect(Object.fromEntries(left)).to.deep.equal(Object.fromEntries(counts))
        },
      ),
      { numRuns: 150 },
    ))
})
