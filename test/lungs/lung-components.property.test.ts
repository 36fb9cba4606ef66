import { expect } from 'chai'
import fc from 'fast-check'
import { connectedComponents, fillHoles } from '../../src/lungs/connected-components.ts'
import { boundsOf } from '../../src/lungs/lung-box.ts'
import { refineMask, twoLargest } from '../../src/lungs/lung-components.ts'
import { resizeBilinear } from '../../src/lungs/plane.ts'

const side = 6
const count = side * side

const masks = (most: number) =>
  fc.array(fc.nat(most), { minLength: count, maxLength: count }).map((samples) => Uint8Array.from(samples))

/** The four neighbours on the grid. */
function neighboursOf(i: number): number[] {
  return Array.from({ length: count }, (_, other) => other).filter(
    (other) => Math.abs((i % side) - (other % side)) + Math.abs(Math.floor(i / side) - Math.floor(other / side)) === 1,
  )
}
const neighbours = Array.from({ length: count }, (_, i) => neighboursOf(i))

/** The smallest sample that is connected to each sample through samples of the value; -1 for other values. */
function naiveLabels(samples: Uint8Array, value: number): number[] {
  const labels = Array.from(samples, (sample, i) => (sample === value ? i : -1))
  for (let round = 0; round < count; round++) {
    for (let i = 0; i < count; i++) {
      if (labels[i] === -1) continue
      for (const other of neighbours[i]!) if (labels[other] !== -1) labels[i] = Math.min(labels[i]!, labels[other]!)
    }
  }
  return labels
}

describe('connectedComponents, for any mask', function () {
  it('gives the components of a naive spread of labels, in the order of their first samples', function () {
    fc.assert(
      fc.property(masks(2), fc.nat(2), (samples, value) => {
        const expected = naiveLabels(samples, value)
        const order = [...new Set(expected.filter((label) => label !== -1))].sort((a, b) => a - b)
        const { labels, sizes } = connectedComponents(samples, side, value)
        expect([...labels]).to.deep.equal(expected.map((label) => order.indexOf(label)))
        expect(sizes).to.deep.equal(order.map((label) => expected.filter((one) => one === label).length))
      }),
    )
  })
})

describe('fillHoles, for any mask', function () {
  it('fills the samples from which no path outside the mask leads to the edge', function () {
    fc.assert(
      fc.property(masks(1), (mask) => {
        const labels = naiveLabels(mask, 0)
        const isEdge = (i: number) => neighbours[i]!.length < 4
        const open = new Set(labels.filter((label, i) => label !== -1 && isEdge(i)))
        expect([...fillHoles(mask, side)]).to.deep.equal(labels.map((label) => (open.has(label) ? 0 : 1)))
      }),
    )
  })
})

describe('twoLargest, for any mask', function () {
  it('keeps the largest components, the second only with 15 % of the size of the first', function () {
    fc.assert(
      fc.property(masks(1), (mask) => {
        const labels = naiveLabels(mask, 1)
        const sizes = [...Map.groupBy(labels, (label) => label)]
          .filter(([label]) => label !== -1)
          .map(([, members]) => members.length)
          .sort((a, b) => b - a)
        const found = twoLargest(mask, side).map((one) => one.reduce((sum, value) => sum + value, 0))
        expect(found).to.deep.equal(sizes.slice(0, 2).filter((size) => size >= 0.15 * sizes[0]!))
        for (const one of twoLargest(mask, side)) {
          expect(new Set(labels.filter((_, i) => one[i] === 1)), 'components in one mask').to.have.property('size', 1)
        }
      }),
    )
  })
})

describe('refineMask, for any cut', function () {
  const lungs = masks(2)
  const probabilities = fc
    .array(fc.integer({ min: 0, max: 64 }), { minLength: count, maxLength: count })
    .map((values) => ({ side, samples: Float32Array.from(values, (value) => value / 64) }))

  it('has a lung where its interpolated probability, at least 0.1 from one half, is one half or more', function () {
    fc.assert(
      fc.property(lungs, probabilities, fc.constantFrom(6, 12, 15), (samples, probability, finer) => {
        const planeOf = (lung: number) =>
          resizeBilinear(
            {
              side,
              samples: probability.samples.map((value, i) => {
                const isLung = samples[i] === lung
                if (isLung) return value > 0.6 ? value : 0.6
                return value < 0.4 ? value : 0.4
              }),
            },
            finer,
          ).samples
        const [right, left] = [planeOf(1), planeOf(2)]
        const refined = refineMask({ side, samples }, probability, finer)
        expect(refined.side).to.equal(finer)
        expect([...refined.samples]).to.deep.equal(
          Array.from(right, (value, i) => (value >= 0.5 ? 1 : left[i]! >= 0.5 ? 2 : 0)),
        )
      }),
    )
  })
})

describe('boundsOf, for any mask', function () {
  it('is the smallest rectangle that contains the mask', function () {
    fc.assert(
      fc.property(
        masks(5).map((samples) => samples.map((value) => (value < 4 ? 0 : value - 3))),
        (samples) => {
          const inside = Array.from(samples.keys()).filter((i) => samples[i] !== 0)
          const bounds = boundsOf({ side, samples })
          if (inside.length === 0) {
            expect(bounds).to.equal(undefined)
            return
          }
          const [columns, rows] = [inside.map((i) => i % side), inside.map((i) => Math.floor(i / side))]
          const [x, y] = [Math.min(...columns), Math.min(...rows)]
          expect(bounds).to.deep.equal({
            x,
            y,
            width: Math.max(...columns) - x + 1,
            height: Math.max(...rows) - y + 1,
          })
        },
      ),
    )
  })
})
