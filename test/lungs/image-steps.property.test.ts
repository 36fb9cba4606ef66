import { expect } from 'chai'
import fc from 'fast-check'
import { correlation } from '../../src/lungs/correlation.ts'
import { equalize } from '../../src/lungs/equalize.ts'
import {
  type Plane,
  gaussianHalfKernel,
  reduceByMean,
  resizeBilinear,
  sampleBilinear,
  smooth,
} from '../../src/lungs/plane.ts'
import { profileSimilarity, profilesOf } from '../../src/lungs/profiles.ts'
import { warp } from '../../src/lungs/warp.ts'
import { transform } from './shipped-atlas.ts'

/** Planes are stored in single precision, sums are computed in double precision. */
const rounding = 1e-4

function planes(side: number, value: fc.Arbitrary<number> = fc.integer({ min: 0, max: 255 })): fc.Arbitrary<Plane> {
  return fc
    .array(value, { minLength: side * side, maxLength: side * side })
    .map((samples) => ({ side, samples: Float32Array.from(samples) }))
}

const between = (low: number, value: number, high: number) => Math.min(Math.max(value, low), high)

/** The sample at a column and row, or the nearest one of the edge. */
function at({ side, samples }: Plane, x: number, y: number): number {
  return samples[between(0, y, side - 1) * side + between(0, x, side - 1)]!
}

function expectPlane(found: Plane, side: number, expected: (x: number, y: number) => number): void {
  expect(found.side).to.equal(side)
  expect(found.samples).to.have.length(side * side)
  for (const [i, value] of found.samples.entries()) {
    expect(value, `sample ${i}`).to.be.closeTo(expected(i % side, Math.floor(i / side)), rounding)
  }
}

describe('equalize, for any plane', function () {
  it('gives each sample the share of samples below it, and half of those in its bin', function () {
    const value = fc.oneof(fc.integer({ min: -2, max: 257 }), fc.double({ min: 0, max: 256, noNaN: true }))
    fc.assert(
      fc.property(planes(5, value), (plane) => {
        const bins = Array.from(plane.samples, (sample) => Math.floor(between(0, sample, 255)))
        const counted = bins.filter((bin) => bin > 0)
        expectPlane(equalize(plane), 5, (x, y) => {
          const own = bins[y * 5 + x]!
          if (own === 0) return 0
          const below = counted.filter((bin) => bin < own).length
          const same = counted.filter((bin) => bin === own).length
          return (255 * (below + same / 2)) / counted.length
        })
      }),
    )
  })
})

describe('correlation, for any planes', function () {
  const side = 6
  const box = fc.tuple(fc.nat(side - 1), fc.nat(side - 1), fc.nat(side - 1), fc.nat(side - 1)).map(([a, b, c, d]) => ({
    x: Math.min(a, b),
    y: Math.min(c, d),
    width: Math.abs(a - b) + 1,
    height: Math.abs(c - d) + 1,
  }))

  it("is Pearson's coefficient of the samples in the rectangle, and 0 if one plane is uniform there", function () {
    fc.assert(
      fc.property(planes(side), planes(side), box, (a, b, { x, y, width, height }) => {
        const inside = Array.from(a.samples.keys()).filter((i) => {
          const [column, row] = [i % side, Math.floor(i / side)]
          return column >= x && column < x + width && row >= y && row < y + height
        })
        const n = inside.length
        const sum = (of: (i: number) => number) => inside.reduce((total, i) => total + of(i), 0)
        const [meanA, meanB] = [sum((i) => a.samples[i]!) / n, sum((i) => b.samples[i]!) / n]
        // The second formula: mean of products minus product of means. The values are integers, so it is exact enough.
        const shared = sum((i) => a.samples[i]! * b.samples[i]!) / n - meanA * meanB
        const spread = (plane: Plane, mean: number) => sum((i) => plane.samples[i]! ** 2) / n - mean ** 2
        const product = spread(a, meanA) * spread(b, meanB)
        const expected = product < 1e-6 ? 0 : shared / Math.sqrt(product)
        expect(correlation(a, b, { x, y, width, height })).to.be.closeTo(expected, 1e-9)
      }),
    )
  })
})

describe('planes, for any samples', function () {
  const side = 6

  it('are reduced to the means of their blocks', function () {
    fc.assert(
      fc.property(planes(side), fc.constantFrom(1, 2, 3), (plane, factor) => {
        expectPlane(reduceByMean(plane, factor), side / factor, (x, y) => {
          let sum = 0
          for (let i = 0; i < factor; i++) {
            for (let k = 0; k < factor; k++) sum += at(plane, x * factor + k, y * factor + i)
          }
          return sum / factor ** 2
        })
      }),
    )
  })

  it('are interpolated by the four nearest samples, and repeat their edges', function () {
    const place = fc.double({ min: -2, max: side + 1, noNaN: true })
    fc.assert(
      fc.property(planes(side), place, place, (plane, x, y) => {
        // A sample's weight falls from 1 to 0 within one sample's distance (the tent function).
        const [inX, inY] = [between(0, x, side - 1), between(0, y, side - 1)]
        const weight = (distance: number) => Math.max(0, 1 - Math.abs(distance))
        const expected = plane.samples.reduce(
          (sum, value, i) => sum + value * weight(inX - (i % side)) * weight(inY - Math.floor(i / side)),
          0,
        )
        expect(sampleBilinear(plane.samples, side, x, y)).to.be.closeTo(expected, rounding)
      }),
    )
  })

  it('are resized so that the corners of both grids coincide', function () {
    fc.assert(
      fc.property(planes(4), fc.integer({ min: 1, max: 9 }), (plane, resized) => {
        expectPlane(resizeBilinear(plane, resized), resized, (x, y) =>
          sampleBilinear(plane.samples, 4, ((x + 0.5) * 4) / resized - 0.5, ((y + 0.5) * 4) / resized - 0.5),
        )
      }),
    )
  })

  it('are smoothed by the product of the kernel in both directions, and repeat their edges', function () {
    const kernel = fc.array(fc.integer({ min: -3, max: 9 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(planes(side, fc.integer({ min: -9, max: 9 })), kernel, (plane, half) => {
        const reach = half.length - 1
        expectPlane(smooth(plane, half), side, (x, y) => {
          let sum = 0
          for (let i = -reach; i <= reach; i++) {
            for (let k = -reach; k <= reach; k++)
              sum += half[Math.abs(i)]! * half[Math.abs(k)]! * at(plane, x + k, y + i)
          }
          return sum
        })
      }),
    )
  })

  it('are warped by a whole displacement to the sample that it leads to, on a grid as fine or half as fine', function () {
    const displacement = fc.integer({ min: -4, max: 4 })
    fc.assert(
      fc.property(planes(side), displacement, displacement, fc.constantFrom(1, 2), (plane, x, y, coarser) => {
        const flowSide = side / coarser
        const filled = (value: number) => new Float32Array(flowSide * flowSide).fill(value / coarser)
        const warped = warp(plane, { side: flowSide, x: filled(x), y: filled(y) })
        expectPlane(warped, side, (column, row) => at(plane, column + x, row + y))
      }),
    )
  })

  it('are warped by the displacement of each sample', function () {
    const displacements = planes(side, fc.double({ min: -3, max: 3, noNaN: true }))
    fc.assert(
      fc.property(planes(side), displacements, displacements, (plane, x, y) => {
        const expected = transform(plane, (column, row) => [
          column + x.samples[row * side + column]!,
          row + y.samples[row * side + column]!,
        ])
        expect(warp(plane, { side, x: x.samples, y: y.samples })).to.deep.equal(expected)
      }),
    )
  })
})

describe('the Gaussian kernel', function () {
  it('sums to 1 over both sides, falls as a Gaussian and ends at three sigma', function () {
    for (const sigma of [0.5, 1, 1.5, 2.2]) {
      const half = gaussianHalfKernel(sigma)
      expect(half).to.have.length(Math.ceil(3 * sigma) + 1)
      expect(half[0]! + 2 * half.slice(1).reduce((sum, weight) => sum + weight, 0)).to.be.closeTo(1, 1e-12)
      for (const [k, weight] of half.entries()) {
        expect(Math.log(weight / half[0]!)).to.be.closeTo(-0.5 * (k / sigma) ** 2, 1e-9)
      }
    }
  })
})

describe('profiles, for any planes', function () {
  it('are the shares of columns and rows in the sum; their similarity is the mean of both coefficients', function () {
    const side = 4
    fc.assert(
      fc.property(planes(side), planes(side), (a, b) => {
        const share = ({ samples }: Plane, isIn: (i: number) => boolean) =>
          samples.reduce((sum, value, i) => sum + (isIn(i) ? value : 0), 0) /
          Math.max(
            samples.reduce((sum, value) => sum + value, 0),
            1,
          )
        const column = (plane: Plane, x: number) => share(plane, (i) => i % side === x)
        const row = (plane: Plane, y: number) => share(plane, (i) => Math.floor(i / side) === y)
        let coefficients = 0
        for (let k = 0; k < side; k++) {
          expect(profilesOf(a).columns[k]).to.be.closeTo(column(a, k), 1e-12)
          expect(profilesOf(a).rows[k]).to.be.closeTo(row(a, k), 1e-12)
          coefficients += Math.sqrt(column(a, k) * column(b, k)) + Math.sqrt(row(a, k) * row(b, k))
        }
        expect(profileSimilarity(profilesOf(a), profilesOf(b))).to.be.closeTo(coefficients / 2, 1e-12)
      }),
    )
  })
})
