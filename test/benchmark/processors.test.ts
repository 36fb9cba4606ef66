import { availableParallelism } from 'node:os'
import { expect } from 'chai'
import { ownProcessors, parseProcessorList } from '../../src/benchmark/processors.ts'

describe('the processors of a process', () => {
  it('are read as Linux lists them', () => {
    expect(parseProcessorList('0')).to.deep.equal([0])
    expect(parseProcessorList('0-2,5,7-8')).to.deep.equal([0, 1, 2, 5, 7, 8])
  })

  it('are at least as many as Node counts, which also knows of quotas', async () => {
    expect((await ownProcessors()).length).to.be.at.least(availableParallelism())
  })
})
