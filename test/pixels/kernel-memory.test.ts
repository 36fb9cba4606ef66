import { expect } from 'chai'
import { KernelMemory } from '../../src/pixels/kernel/kernel-memory.ts'
import { lookUpValues, occurringValues, storedValueCount } from '../../src/pixels/stored-values.ts'

describe('the memory of a kernel', () => {
  const pageBytes = 65536
  const memoryFrom = (free: number) => {
    const memory = {
      buffer: new ArrayBuffer(pageBytes),
      grow: (pages: number) => {
        memory.buffer = new ArrayBuffer(memory.buffer.byteLength + pages * pageBytes)
        return 0
      },
    }
    return { memory, allocator: new KernelMemory({ memory, freeMemory: () => free }) }
  }

  it('is given out in multiples of 16 bytes, behind what the kernel itself uses', () => {
    const { allocator } = memoryFrom(100)
    expect([1, 16, 17, 0, 5].map((bytes) => allocator.allocate(bytes))).to.deep.equal([112, 128, 144, 176, 176])
    expect(memoryFrom(96).allocator.allocate(1)).to.equal(96)
  })

  it('grows by as many pages as are missing', () => {
    const { memory, allocator } = memoryFrom(16)
    const { buffer } = memory
    allocator.allocate(pageBytes - 16)
    // Growing by nothing would already make views invalid.
    expect(memory.buffer).to.equal(buffer)
    allocator.allocate(1)
    expect(memory.buffer.byteLength).to.equal(2 * pageBytes)
    allocator.allocate(3 * pageBytes)
    expect(memory.buffer.byteLength).to.equal(5 * pageBytes)
  })
})

describe('the stored values of a row that is wider than any before', () => {
  for (const [name, samples] of [
    ['bytes', new Uint8Array(2 ** 22)],
    ['words', new Uint16Array(2 ** 22)],
    ['signed words', new Int16Array(2 ** 22)],
  ] as const) {
    it(`are all read: ${name}`, () => {
      const last = name === 'signed words' ? -5 : 251
      samples[samples.length - 1] = last
      const frame = { rows: 1, columns: samples.length, samples }
      const occurs = occurringValues(frame)
      expect([occurs[0], occurs[last & 0xffff], occurs.reduce((sum, one) => sum + one, 0)]).to.deep.equal([1, 1, 2])
      const out = new Uint16Array(samples.length)
      lookUpValues(
        frame,
        Uint16Array.from({ length: storedValueCount }, (_, index) => index ^ 0xffff),
        out,
      )
      expect([out[0], out.at(-1)]).to.deep.equal([0xffff, (last & 0xffff) ^ 0xffff])
    })
  }
})
