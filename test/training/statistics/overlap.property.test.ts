import { expect } from 'chai'
import fc from 'fast-check'
import { percentile } from '../../../src/training/statistics/bootstrap.ts'
import { boundaryDistancePct } from '../../../src/training/statistics/boundary-distance.ts'
import { jaccardOfDice, maskDice, summarise, toMask } from '../../../src/training/statistics/overlap.ts'

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const meanOf = (values: readonly number[]) => sumOf(values) / values.length

describe('percentile and summary, for any values', function () {
  const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 })

  it('interpolate between the sorted values', function () {
    fc.assert(
      fc.property(values, fc.nat(100), (drawn, percent) => {
        const sorted = drawn.toSorted((a, b) => a - b)
        const position = (percent / 100) * (sorted.length - 1)
        const expected = sumOf(sorted.map((value, i) => value * Math.max(0, 1 - Math.abs(i - position))))
        expect(percentile(sorted, percent / 100)).to.be.closeTo(expected, 1e-9)
      }),
    )
  })

  it('are the mean, and the value above which half and 95 % of the values lie', function () {
    fc.assert(
      fc.property(values, (drawn) => {
        const { mean, median, p5 } = summarise(drawn)
        expect(mean).to.be.closeTo(meanOf(drawn), 1e-9)
        const below = (value: number) => drawn.filter((one) => one < value).length / drawn.length
        const upTo = (value: number) => drawn.filter((one) => one <= value).length / drawn.length
        for (const [value, part] of [
          [median, 0.5],
          [p5, 0.05],
        ] as const) {
          expect(below(value)).to.be.at.most(part)
          expect(upTo(value)).to.be.at.least(part)
        }
      }),
    )
  })
})

describe('masks, for any samples', function () {
  const side = 5
  const drawn = fc.array(fc.nat(2), { minLength: side * side, maxLength: side * side })
  const empty = fc.constant(new Array<number>(side * side).fill(0))
  const masks = fc
    .oneof({ weight: 4, arbitrary: drawn }, { weight: 1, arbitrary: empty })
    .map((samples) => ({ side, samples: Uint8Array.from(samples) }))

  it('have the Dice and Jaccard coefficients of their sets', function () {
    fc.assert(
      fc.property(masks, masks, (a, b) => {
        const setOf = ({ samples }: typeof a) => new Set(Array.from(samples.keys()).filter((i) => samples[i] !== 0))
        const [one, other] = [setOf(a), setOf(b)]
        const [shared, either] = [one.intersection(other).size, one.union(other).size]
        // Two empty masks agree.
        expect(maskDice(a, b)).to.be.closeTo(either === 0 ? 1 : (2 * shared) / (one.size + other.size), 1e-12)
        expect(jaccardOfDice(maskDice(a, b))).to.be.closeTo(either === 0 ? 1 : shared / either, 1e-12)
      }),
    )
  })

  it('have the mean distance of their boundaries, in percent of the diagonal', function () {
    fc.assert(
      fc.property(masks, masks, fc.constantFrom([1, 1], [300, 200]), (a, b, [width, height]) => {
        const points = ({ samples }: typeof a) =>
          Array.from(samples.keys(), (i) => [i % side, Math.floor(i / side)] as const).filter(([x, y]) => {
            const isOut = (dx: number, dy: number) => {
              const [toX, toY] = [x + dx, y + dy]
              return toX >= 0 && toY >= 0 && toX < side && toY < side && samples[toY * side + toX] === 0
            }
            return samples[y * side + x] !== 0 && [isOut(1, 0), isOut(-1, 0), isOut(0, 1), isOut(0, -1)].some(Boolean)
          })
        const [one, other] = [points(a), points(b)]
        const distance = ([x, y]: readonly [number, number], [toX, toY]: readonly [number, number]) =>
          Math.hypot(((x - toX) * width) / side, ((y - toY) * height) / side)
        const away = (from: typeof one, to: typeof one) =>
          meanOf(from.map((point) => Math.min(...to.map((target) => distance(point, target)))))
        const isNone = one.length === 0 || other.length === 0
        const expected = isNone ? 100 : (50 * (away(one, other) + away(other, one))) / Math.hypot(width, height)
        expect(boundaryDistancePct(a, b, { width: width, height: height })).to.be.closeTo(expected, 1e-9)
      }),
    )
  })

  it('are lung where a drawn share is one half or more', function () {
    expect([...toMask({ side: 2, samples: Float32Array.of(0.49, 0.5, 0.51, 1) }).samples]).to.deep.equal([0, 1, 1, 1])
  })
})
