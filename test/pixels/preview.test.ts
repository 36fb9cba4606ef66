import { expect } from 'chai'
import { toPreview } from '../../src/pixels/preview.ts'
import type { Radiograph } from '../../src/pixels/radiograph.ts'

const radiograph = (width: number, height: number, value: (x: number, y: number) => number): Radiograph => ({
  width,
  height,
  samples: Uint16Array.from({ length: width * height }, (_, i) => 257 * value(i % width, Math.floor(i / width))),
})

describe('the preview of a radiograph', () => {
  it('keeps every pixel at 8 bits if the image is within the size limit', () => {
    const { width, height, reduced } = toPreview(
      radiograph(19, 4, (x, y) => x + 10 * y),
      20,
    )
    expect([width, height, reduced.width, reduced.height]).to.deep.equal([19, 4, 19, 4])
    expect([...reduced.samples]).to.deep.equal(Array.from({ length: 76 }, (_, i) => (i % 19) + 10 * Math.floor(i / 19)))
  })

  it('averages the covered pixels, including partly covered ones', () => {
    const { width, height, reduced } = toPreview(
      radiograph(6, 3, (x, y) => 10 * x + 30 * y),
      4,
    )
    expect([width, height, reduced.width, reduced.height]).to.deep.equal([6, 3, 4, 2])
    // An output column covers 1.5 source columns, an output row 1.5 source rows.
    expect([...reduced.samples]).to.deep.equal([13, 27, 43, 57, 53, 67, 83, 97])
  })

  it('keeps black and white', () => {
    const { reduced } = toPreview(
      radiograph(320, 640, (x) => (x < 160 ? 0 : 255)),
      64,
    )
    expect(new Set(reduced.samples)).to.deep.equal(new Set([0, 255]))
    expect([reduced.width, reduced.height]).to.deep.equal([32, 64])
  })
})
