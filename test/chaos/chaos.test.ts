import { expect } from 'chai'
import { chaosSchedule } from './schedule.ts'
import type { StudyStatus } from '../../src/demo/follow-studies.ts'
import { judge, resultKinds } from './verdict.ts'

const seed = 20_261_125

describe('chaos', () => {
  it('hits every part, with the same schedule for the same seed', () => {
    const parts = ['service', 'orthanc', 'fhir', 'redis', 'archive-network'] as const
    const schedule = chaosSchedule(seed, parts, 20_000)
    expect(new Set(schedule.map(({ part }) => part))).to.deep.equal(new Set(parts))
    expect(chaosSchedule(seed, parts, 20_000)).to.deep.equal(schedule)
    expect(chaosSchedule(seed + 1, parts, 20_000)).to.not.deep.equal(schedule)
  })

  it('reports lost, duplicate and dead-letter results', () => {
    const status = { studyInstanceUid: '2.25.1', state: 'done', updatedAt: '', deliveries: [] } satisfies StudyStatus
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
})
