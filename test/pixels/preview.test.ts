import { expect } from 'chai'
import { toPreview } from '../../src/pixels/preview.ts'
import type { Radiograph } from '../../src/pixels/radiograph.ts'

const radiograph = (width: number, height: number, value: (x: number, y: number) => number): Radiograph => ({
  width,
  height,
  samples: Uint16Array.from({ length: width * height }, (_, i) => 257 * value(i % width, Math.floor(i / width))),
})

describe('the preview of a radiograph', () => {
  it('keeps every pixel of one that is hardly larger than asked for, in eight bits', () => {
    const { width, height, reduced } = toPreview(
      radiograph(19, 4, (x, y) => x + 10 * y),
      10,
    )
    expect([width, height, reduced.width, reduced.height]).to.deep.equal([19, 4, 19, 4])
    expect([...reduced.samples]).to.deep.equal(Array.from({ length: 76 }, (_, i) => (i % 19) + 10 * Math.floor(i / 19)))
  })

  it('averages squares of pixels, cut off at the border', () => {
    const { width, height, reduced } = toPreview(
      radiograph(5, 3, (x, y) => x + 10 * y),
      2,
    )
    expect([width, height, reduced.width, reduced.height]).to.deep.equal([5, 3, 3, 2])
    expect([...reduced.samples]).to.deep.equal([6, 8, 9, 21, 23, 24])
  })

  it('keeps black black and white white', () => {
    const { reduced } = toPreview(
      radiograph(300, 700, (x) => (x < 150 ? 0 : 255)),
      64,
    )
    expect(new Set(reduced.samples)).to.deep.equal(new Set([0, 255]))
    expect(Math.max(reduced.width, reduced.height)).to.be.within(64, 127)
  })
})
