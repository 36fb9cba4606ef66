import { expect } from 'chai'
import { ReusedMemory } from '../../src/analyse/reused-memory.ts'

describe('reused memory', () => {
  it('is shared by all radiographs that fit, at the requested length', () => {
    const memory = new ReusedMemory()
    const first = memory.take(1000)
    first.fill(7)
    const smaller = memory.take(10)
    expect([smaller.length, smaller[9]]).to.deep.equal([10, 7])
    expect(smaller.buffer).to.equal(first.buffer)
    expect(memory.take(2000)).to.have.length(2000)
  })

  it('is not retained for a radiograph of more than the usual size', () => {
    const memory = new ReusedMemory()
    const usual = memory.take(1000)
    expect(memory.take(16e6 + 1)).to.have.length(16e6 + 1)
    expect(memory.take(1000).buffer).to.equal(usual.buffer)
  })
})
