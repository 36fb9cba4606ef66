import { expect } from 'chai'
import { release } from '../../src/pixels/release.ts'

describe('releasing pixels', () => {
  it('empties an array that owns its buffer, and may be repeated', () => {
    const samples = Float32Array.of(1, 2, 3)
    release(samples)
    expect([samples.length, samples.buffer.detached]).to.deep.equal([0, true])
    release(samples)
  })

  it('leaves a partial view and shared memory unchanged', () => {
    const whole = Uint8Array.of(1, 2, 3, 4)
    release(whole.subarray(1))
    expect([...whole]).to.deep.equal([1, 2, 3, 4])
    const shared = new Uint8Array(new SharedArrayBuffer(2))
    release(shared)
    expect(shared.length).to.equal(2)
  })
})
