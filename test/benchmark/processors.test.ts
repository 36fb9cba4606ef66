import { availableParallelism } from 'node:os'
import { expect } from 'chai'
import { ownProcessors, parseProcessorList } from '../../src/benchmark/processors.ts'

describe('the processors of a process', () => {
  it('are parsed from the list format of cpuset(7)', () => {
    expect(parseProcessorList('0')).to.deep.equal([0])
    expect(parseProcessorList('0-2,5,7-8')).to.deep.equal([0, 1, 2, 5, 7, 8])
  })

  it('are at least as many as availableParallelism, which may be lower under a CPU quota', async () => {
    expect((await ownProcessors()).length).to.be.at.least(availableParallelism())
  })
})
