import { expect } from 'chai'
import fc from 'fast-check'
import { chooseThresholds, sensitiveThreshold } from '../../../src/training/statistics/operating-points.ts'
import { jaccardOfDice, maskDice, summarise } from '../../../src/training/statistics/overlap.ts'
import { type ScoredCase, operatingPoint } from '../../../src/training/statistics/roc.ts'

const positiveScores = (some: readonly ScoredCase[]) => some.filter((item) => item.positive).map((item) => item.score)
const hundredths = (value: number) => Math.round(value * 100) / 100
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

describe('thresholds chosen for any cases', () => {
  /** Positive cases score higher, as with a network that has learned something. */
  const many = fc
    .array(
      fc.record({
        score: fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000),
        positive: fc.boolean(),
      }),
      {
        minLength: 2,
        maxLength: 150,
        size: 'max',
      },
    )
    .map((some) => [...some, { score: 0.9, positive: true }, { score: 0.1, positive: false }])
    .map((some) =>
      some.map(({ score, positive }) => ({ score: hundredths(positive ? score ** 0.5 : score ** 2), positive })),
    )

  it('have the greatest sum of sensitivity and specificity for "present", and miss at most 1 % for "absent"', () => {
    fc.assert(
      fc.property(many, (some) => {
        const { present, absent } = chooseThresholds(some)
        const youden = (threshold: number) => {
          const { sensitivity, specificity } = operatingPoint(some, threshold)
          return sensitivity + specificity
        }
        const best = Math.max(...some.map((item) => youden(item.score)), youden(Math.max(...positiveScores(some))))
        expect(youden(present)).to.be.closeTo(best, 1e-9)
        expect(absent).to.be.at.most(present)
        expect(1 - operatingPoint(some, absent).sensitivity).to.be.at.most(0.01 + 1e-9)
      }),
      { numRuns: 200 },
    )
  })

  it('reach the sensitivity that is asked for, and no threshold a step higher exceeds it', () => {
    fc.assert(
      fc.property(many, fc.integer({ min: 1, max: 19 }), (some, twentieths) => {
        const asked = twentieths / 20
        const threshold = sensitiveThreshold(some, asked)
        expect(operatingPoint(some, threshold).sensitivity).to.be.at.least(asked)
        expect(operatingPoint(some, threshold + 0.0101).sensitivity).to.be.lessThan(asked + 1e-9)
      }),
      { numRuns: 200 },
    )
  })
})

describe('overlap of any two masks', () => {
  const side = 4
  const samples = fc.oneof(
    { weight: 1, arbitrary: fc.constant(new Array<number>(side * side).fill(0)) },
    {
      weight: 4,
      arbitrary: fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: side * side, maxLength: side * side }),
    },
  )
  const mask = samples.map((values) => ({ side, samples: Uint8Array.from(values) }))

  it('is twice the shared samples by the sum of both, and intersection over union as Jaccard', () => {
    fc.assert(
      fc.property(mask, mask, (one, other) => {
        const inside = (of: typeof one) => new Set([...of.samples.keys()].filter((at) => of.samples[at] !== 0))
        const [a, b] = [inside(one), inside(other)]
        const [shared, either] = [a.intersection(b).size, a.union(b).size]
        const dice = maskDice(one, other)
        expect(dice).to.equal(either === 0 ? 1 : (2 * shared) / (a.size + b.size))
        expect(jaccardOfDice(dice)).to.be.closeTo(either === 0 ? 1 : shared / either, 1e-12)
      }),
    )
  })

  it('is summarised by mean, median and 5th percentile of the sorted values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 50 }), (values) => {
        const { mean, median, p5 } = summarise(values)
        expect(mean).to.be.closeTo(sumOf(values) / values.length, 1e-9)
        expect(values).to.include.members([median, p5])
        const below = (limit: number) => values.filter((value) => value < limit).length / values.length
        const upTo = (limit: number) => values.filter((value) => value <= limit).length / values.length
        for (const [value, share] of [
          [median, 0.5],
          [p5, 0.05],
        ] as const) {
          expect(below(value)).to.be.at.most(share)
          expect(upTo(value)).to.be.greaterThan(share)
        }
      }),
    )
  })
})
