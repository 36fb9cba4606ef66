import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { runChaos } from './chaos.ts'
import { problemsOf, resultTable } from './result-table.ts'
import { chaosSchedule } from './schedule.ts'
import { judge, resultKinds } from './verdict.ts'

// A short part of `npm run chaos`.

const seed = 20_261_125

describe('chaos', function () {
  this.timeout(600_000)

  it('strikes every part, and the same way for the same seed', () => {
    const parts = ['service', 'orthanc', 'fhir', 'redis', 'archive-network'] as const
    const schedule = chaosSchedule(seed, parts, 20_000)
    expect(new Set(schedule.map(({ part }) => part))).to.deep.equal(new Set(parts))
    expect(chaosSchedule(seed, parts, 20_000)).to.deep.equal(schedule)
    expect(chaosSchedule(seed + 1, parts, 20_000)).to.not.deep.equal(schedule)
  })

  it('sees what is lost, doubled or dead', () => {
    const status = { studyInstanceUid: '2.25.1', state: 'done', updatedAt: '' } as const
    const one = Object.fromEntries(resultKinds.map((kind) => [kind, 1])) as Record<(typeof resultKinds)[number], number>
    const complete = { ...one, 'other object': 0, Task: 0, 'priority mark': 0 }
    expect(judge(status, complete)).to.deep.equal({ missing: [], doubled: [] })
    expect(judge(undefined, { ...complete, picture: 0 })).to.deep.equal({ missing: ['picture'], doubled: [] })
    expect(judge(status, { ...complete, Task: 1 })).to.deep.equal({ missing: [], doubled: ['Task'] })
    const dead = { ...status, state: 'dead', problem: { code: 'HTTP_REFUSED', reason: 'no' } } as const
    expect(judge(dead, { ...complete, Observation: 0, Patient: 2 })).to.deep.equal({
      ...{ missing: [], doubled: ['Patient'], dead: 'HTTP_REFUSED: no' },
    })
  })

  // With `--queue redis` the run kills a worker and Redis too. Waiting out a dead worker's lease takes a minute and a half, which is left to
  // `npm run chaos`: test/service/cluster/shared-work.test.ts kills both.
  it('loses no study and doubles no result', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lung-triage-chaos-'))
    try {
      const result = await runChaos({
        ...{ dir, queueKind: 'sqlite', seed, studyCount: 8, stormMs: 20_000, startedAt: new Date() },
        progress: () => {},
      })
      expect(problemsOf(result), `seed ${seed}\n${resultTable(result)}`).to.deep.equal([])
      expect(result.ends.service?.killed, 'the service was killed').to.be.at.least(1)
      // Nothing that fails in a storm of this length is beyond the attempts that a study has.
      expect(result.studies.flatMap(({ verdict }) => verdict.dead ?? [])).to.deep.equal([])
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
