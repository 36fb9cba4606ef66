import { expect } from 'chai'
import type { ActivationMap } from '../../../src/classify/prediction.ts'
import { activationContour } from '../../../src/report/sr/activation-contour.ts'

const box = { x: 100, y: 200, width: 700, height: 350 }

/** A seven-by-seven map with the given values at [column, row]. Each cell is 100 by 50 source pixels. */
function mapOf(places: readonly (readonly [column: number, row: number, value: number])[]): ActivationMap {
  const samples = new Float32Array(49)
  for (const [column, row, value] of places) samples[row * 7 + column] = value
  return { width: 7, height: 7, samples }
}

function extentOf(map: ActivationMap): {
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
} {
  const outline = activationContour(map, box) ?? []
  const xs = outline.map(([x]) => x)
  const ys = outline.map(([, y]) => y)
  return { x: [Math.min(...xs), Math.max(...xs)], y: [Math.min(...ys), Math.max(...ys)] }
}

describe('the outline of the activation', () => {
  it('surrounds the maximum, in source pixels', () => {
    const { x, y } = extentOf(mapOf([[4, 2, 1]]))
    // The cell's centre is at 100 + 4.5 * 100 and 200 + 2.5 * 50; half of its maximum is half a cell away.
    expect(x).to.deep.equal([500, 600])
    expect(y).to.deep.equal([300, 350])
  })

  it('takes the largest area above half of the maximum', () => {
    const { x, y } = extentOf(
      mapOf([
        [0, 0, 1],
        [4, 4, 0.8],
        [5, 4, 0.8],
        [4, 5, 0.8],
        [5, 5, 0.8],
        [3, 4, 0.3],
      ]),
    )
    expect(x[0]).to.be.within(450, 550)
    expect(x[1]).to.be.within(650, 750)
    expect(y[0]).to.be.within(375, 425)
  })

  for (const [name, places, near] of [
    [
      'at the lower right',
      [
        [0, 0],
        [5, 4],
        [6, 4],
        [5, 5],
        [6, 5],
      ],
      { x: 575, y: 375 },
    ],
    [
      'at the upper left',
      [
        [6, 6],
        [6, 5],
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      { x: 75, y: 175 },
    ],
    [
      'wide',
      [
        [1, 0],
        [1, 1],
        [1, 2],
        [2, 6],
        [3, 6],
        [4, 6],
        [5, 6],
      ],
      { x: 275, y: 475 },
    ],
    [
      'high',
      [
        [0, 0],
        [1, 0],
        [2, 0],
        [5, 2],
        [5, 3],
        [5, 4],
        [5, 5],
      ],
      { x: 575, y: 275 },
    ],
  ] as const) {
    it(`takes the larger of two areas: ${name}`, () => {
      const { x, y } = extentOf(mapOf(places.map(([column, row]) => [column, row, 1] as const)))
      expect(x[0]).to.be.within(near.x, near.x + 50)
      expect(y[0]).to.be.within(near.y, near.y + 50)
    })
  }

  it('stays inside the box if the activation touches its edge', () => {
    const { x, y } = extentOf(
      mapOf([
        [0, 6, 1],
        [1, 6, 1],
        [0, 5, 1],
      ]),
    )
    expect(x[0]).to.equal(100)
    expect(y[1]).to.equal(550)
  })

  it('does not depend on the scale of the map, and is undefined without activation', () => {
    const strong = mapOf([[2, 3, 1]])
    const weak = { ...strong, samples: strong.samples.map((value) => value / 100) }
    expect(activationContour(weak, box)).to.deep.equal(activationContour(strong, box))
    expect(activationContour(mapOf([]), box)).to.equal(undefined)
  })

  it('has at most 64 points for a large, ragged map', () => {
    const side = 64
    const samples = Float32Array.from({ length: side * side }, (_, i) => 0.75 + 0.25 * Math.sin(i * i))
    const outline = activationContour({ width: side, height: side, samples }, box)
    expect(outline?.length).to.be.within(3, 64)
  })
})
