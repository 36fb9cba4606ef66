import { expect } from 'chai'
import fc from 'fast-check'
import { chooseThresholds, sensitiveThreshold } from '../../../src/training/statistics/operating-points.ts'
import { type ScoredCase, operatingPoint } from '../../../src/training/statistics/roc.ts'

const positiveScores = (some: readonly ScoredCase[]) => some.filter((item) => item.positive).map((item) => item.score)
const hundredths = (value: number) => Math.round(value * 100) / 100

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
