import { expect } from 'chai'
import { toSquareFrame } from '../../src/pixels/square-frame.ts'
import type { Radiograph } from '../../src/pixels/radiograph.ts'

function radiograph(width: number, height: number, value: (x: number, y: number) => number): Radiograph {
  const samples = Uint16Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)))
  return { width, height, samples }
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

describe('the square frame', () => {
  it('averages exactly for an integer factor', () => {
    const frame = toSquareFrame(
      radiograph(8, 4, (x, y) => (x % 2 === y % 2 ? 65535 : 0)),
      4,
    )
    expect([...frame.samples]).to.deep.equal(new Array(16).fill(127.5))
  })

  it('keeps the mean of any image at any size', () => {
    for (const [width, height] of [
      [301, 157],
      [1000, 224],
      [97, 640],
    ] as const) {
      const image = radiograph(width, height, (x, y) => (x * 7919 + y * 104729) % 65536)
      expect(mean(toSquareFrame(image, 64).samples)).to.be.closeTo(mean(image.samples) / 257, 0.01)
    }
  })

  it('keeps the gray of a uniform image that is smaller or larger than the frame', () => {
    for (const side of [10, 100, 500]) {
      const { samples } = toSquareFrame(
        radiograph(side, side + 3, () => 32896),
        224,
      )
      expect(Math.max(...samples.map((value) => Math.abs(value - 128)))).to.be.at.most(0.001)
    }
  })

  it('stretches without moving content across the middle', () => {
    const { samples } = toSquareFrame(
      radiograph(300, 100, (x, y) => (x < 150 && y < 50 ? 65535 : 0)),
      10,
    )
    expect(samples[0]).to.be.closeTo(255, 0.001)
    expect(samples[4 * 10 + 4]).to.be.closeTo(255, 0.001)
    expect(samples[4 * 10 + 5]).to.equal(0)
    expect(samples[5 * 10 + 4]).to.equal(0)
  })

  it('gives the same frame for the same scene at different sizes', () => {
    const scene = (side: number) =>
      radiograph(side, side, (x, y) =>
        Math.round(32768 * (1 + Math.sin((6 * (x + 0.5)) / side) * Math.cos((5 * (y + 0.5)) / side)) * 0.99),
      )
    const [small, large] = [toSquareFrame(scene(448), 224), toSquareFrame(scene(2000), 224)]
    expect(Math.max(...small.samples.map((value, i) => Math.abs(value - large.samples[i]!)))).to.be.at.most(0.6)
  })
})
