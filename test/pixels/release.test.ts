import { expect } from 'chai'
import { release } from '../../src/pixels/release.ts'

describe('releasing pixels', () => {
  it('empties an array that has its buffer for itself, and does no harm when it comes again', () => {
    const samples = Float32Array.of(1, 2, 3)
    release(samples)
    expect([samples.length, samples.buffer.detached]).to.deep.equal([0, true])
    release(samples)
  })

  it('leaves a view of a part alone, and memory that others share', () => {
    const whole = Uint8Array.of(1, 2, 3, 4)
    release(whole.subarray(1))
    expect([...whole]).to.deep.equal([1, 2, 3, 4])
    const shared = new Uint8Array(new SharedArrayBuffer(2))
    release(shared)
    expect(shared.length).to.equal(2)
  })
})
