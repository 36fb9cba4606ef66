import { expect } from 'chai'
import type { StudyStatus } from '../../src/demo/follow-studies.ts'
import { chaosStudies } from './chaos-studies.ts'
import { chaosSchedule } from './schedule.ts'
import { judge, resultKinds } from './verdict.ts'

const seed = 20_261_125

describe('chaos', () => {
  it('hits every part, with the same schedule for the same seed', () => {
    const parts = ['service', 'orthanc', 'fhir', 'hl7', 'service-pause', 'disk', 'redis', 'archive-network'] as const
    const schedule = chaosSchedule(seed, parts, 20_000)
    expect(new Set(schedule.map(({ part }) => part))).to.deep.equal(new Set(parts))
    expect(chaosSchedule(seed, parts, 20_000)).to.deep.equal(schedule)
    expect(chaosSchedule(seed + 1, parts, 20_000)).to.not.deep.equal(schedule)
  })

  it('sends a patient of its own for each study, and the same SOP Instance UID for two of them', () => {
    const studies = chaosStudies(5, seed)
    expect(new Set(studies.map(({ patientId }) => patientId)).size).to.equal(5)
    expect(studies[1]?.sopInstanceUids).to.deep.equal(studies[0]?.sopInstanceUids)
    expect(studies.map(({ files, laterFiles }) => [files.length, laterFiles.length])).to.deep.equal([
      ...[[1, 0], [1, 0], [3, 0], [1, 1], [1, 0]], // prettier-ignore
    ])
  })

  const delivery = { target: 'fhir', state: 'done' } as const
  const status = {
    ...{ studyInstanceUid: '2.25.1', state: 'done', updatedAt: '', deliveries: [delivery] },
  } satisfies StudyStatus
  const one = Object.fromEntries(resultKinds.map((kind) => [kind, 1])) as Record<(typeof resultKinds)[number], number>
  const complete = { ...one, 'other object': 0, Task: 0, 'priority mark': 0 }
  const single = { story: 'one image', sopInstanceUids: ['1'] } as const
  const sound = { missing: [], doubled: [], undone: [] }

  it('reports lost and duplicate results', () => {
    expect(judge(single, status, complete)).to.deep.equal(sound)
    expect(judge(single, status, { ...complete, picture: 0 })).to.deep.equal({ ...sound, missing: ['picture'] })
    expect(judge(single, status, { ...complete, Task: 1 })).to.deep.equal({ ...sound, doubled: ['Task'] })
    const grown = { story: 'retake', sopInstanceUids: ['1', '2'] } as const
    const twice = { ...complete, 'Structured Report': 2, picture: 3, Observation: 3 }
    expect(judge(grown, status, twice)).to.deep.equal(sound)
    expect(judge(grown, status, { ...twice, picture: 1 }).missing).to.deep.equal(['picture'])
    expect(judge(grown, status, { ...twice, 'Structured Report': 3 }).doubled).to.deep.equal(['Structured Report'])
  })

  it('reports a dead letter of a study or of a delivery, unless the study was deleted', () => {
    const problem = { code: 'HTTP_REFUSED', reason: 'no' }
    const dead = { ...status, state: 'dead', problem } as const
    expect(judge(single, dead, complete).undone).to.deep.equal(['dead: HTTP_REFUSED: no'])
    const unsent = { ...status, deliveries: [{ target: 'fhir', state: 'dead', problem } as const] }
    expect(judge(single, unsent, complete).undone).to.deep.equal(['dead at fhir: HTTP_REFUSED: no'])
    expect(judge(single, undefined, complete).undone).to.have.length(1)
    const deleted = { story: 'deleted', sopInstanceUids: ['1'] } as const
    const recordOnly = { ...complete, 'Structured Report': 0, picture: 0 }
    expect(judge(deleted, dead, recordOnly)).to.deep.equal(sound)
    expect(judge(deleted, dead, complete).doubled).to.deep.equal(['Structured Report', 'picture'])
  })
})
