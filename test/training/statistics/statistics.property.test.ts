import { expect } from 'chai'
import fc from 'fast-check'
import {
  brierScore,
  calibrationSlope,
  expectedCalibrationError,
} from '../../../src/training/statistics/calibration-measures.ts'
import { classMeasures, confusionOf } from '../../../src/training/statistics/confusion-measures.ts'
import { fitLogistic } from '../../../src/training/statistics/logistic-regression.ts'
import { measure } from '../../../src/training/statistics/measures.ts'
import { chooseThresholds, sensitiveThreshold } from '../../../src/training/statistics/operating-points.ts'
import { fitPlattScaling } from '../../../src/training/statistics/platt-scaling.ts'
import { type ScoredCase, areaUnderRoc } from '../../../src/training/statistics/roc.ts'
import { matchLogits } from '../../../src/training/quantization/match-logits.ts'

const share = fc.integer({ min: 0, max: 100 }).map((value) => value / 100)
const scored = fc.record({ score: share, positive: fc.boolean() })
/** Cases of both classes, in any order. */
const bothClasses = fc
  .tuple(
    fc.array(scored, { minLength: 1, maxLength: 40 }),
    share.map((score) => ({ score, positive: true })),
    share.map((score) => ({ score, positive: false })),
  )
  .map(([cases, one, other]) => [one, ...cases, other])

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const meanOf = (values: readonly number[]) => sumOf(values) / values.length
const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit))

describe('calibration measures, for any cases', function () {
  it('are the mean squared error, and the mean distance of stated and observed share by tenths', function () {
    fc.assert(
      fc.property(bothClasses, (cases) => {
        const errors = cases.map(({ score, positive }) => (positive ? (1 - score) ** 2 : score ** 2))
        expect(brierScore(cases)).to.be.closeTo(meanOf(errors), 1e-12)
        let error = 0
        for (let bin = 0; bin < 10; bin++) {
          // 0.3 * 10 is 3 in floating point; hundredths keep the bins exact.
          const inBin = cases.filter(({ score }) => Math.min(9, Math.floor(score * 10)) === bin)
          error += Math.abs(sumOf(inBin.map(({ score, positive }) => score - Number(positive))))
        }
        expect(expectedCalibrationError(cases)).to.be.closeTo(error / cases.length, 1e-12)
      }),
    )
  })

  it('have the slope of the logistic regression on the log odds, also of probabilities 0 and 1', function () {
    fc.assert(
      fc.property(bothClasses, (cases) => {
        const logits = cases.map(({ score, positive }) => {
          const probability = Math.min(Math.max(score, 1e-6), 1 - 1e-6)
          return { logit: Math.log(probability) - Math.log1p(-probability), positive, weight: 1 }
        })
        expect(calibrationSlope(cases)).to.be.closeTo(fitPlattScaling(logits).slope, 1e-6)
      }),
      { numRuns: 30 },
    )
  })
})

describe('fitPlattScaling, for any cases of both classes', function () {
  it('balances weighted residuals and their products with the logits, against Platt’s smoothed targets', function () {
    const item = fc.record({
      logit: fc.double({ min: -4, max: 4, noNaN: true }),
      positive: fc.boolean(),
      weight: fc.constantFrom(0.5, 1, 3),
    })
    fc.assert(
      fc.property(fc.array(item, { minLength: 4, maxLength: 30 }), (drawn) => {
        const cases = [
          ...drawn,
          ...[true, false].flatMap((positive) => [-2, 2].map((logit) => ({ logit, positive, weight: 1 }))),
        ]
        const weightOf = (wanted: boolean) =>
          sumOf(cases.filter(({ positive }) => positive === wanted).map(({ weight }) => weight))
        const [high, low] = [(weightOf(true) + 1) / (weightOf(true) + 2), 1 / (weightOf(false) + 2)]
        const { slope, intercept } = fitPlattScaling(cases)
        // The gradient of the cross-entropy is zero at its minimum.
        const residuals = cases.map(
          ({ logit, positive, weight }) => weight * (sigmoid(slope * logit + intercept) - (positive ? high : low)),
        )
        expect(sumOf(residuals)).to.be.closeTo(0, 1e-6)
        expect(sumOf(residuals.map((residual, i) => residual * cases[i]!.logit))).to.be.closeTo(0, 1e-6)
      }),
    )
  })
})

describe('fitPlattScaling', function () {
  it('gives the log odds of the mean target if all logits are equal', function () {
    const cases = Array.from({ length: 33 }, (_, i) => ({ logit: 0, positive: i < 30, weight: 1 }))
    const target = (30 * (31 / 32) + 3 * (1 / 5)) / 33
    expect(fitPlattScaling(cases).intercept).to.be.closeTo(Math.log(target / (1 - target)), 1e-6)
  })
})

describe('fitLogistic, for any examples', function () {
  it('has a zero gradient for the bias and negative weights, and a weight of 0 only if it would become positive', function () {
    const example = fc.record({
      inputs: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 2 }),
      target: fc.constantFrom(0 as const, 1 as const),
      weight: fc.constantFrom(1, 2),
    })
    const both = [0 as const, 1 as const].map((target) => ({ inputs: [0.3, -0.2], target, weight: 1 }))
    const l2 = 0.05
    fc.assert(
      fc.property(fc.array(example, { minLength: 6, maxLength: 20 }), (drawn) => {
        const examples = [...drawn, ...both]
        const total = sumOf(examples.map(({ weight }) => weight))
        const { bias, weights } = fitLogistic(examples, l2)
        const errors = examples.map(
          ({ inputs, target, weight }) =>
            (weight * (sigmoid(bias + inputs[0]! * weights[0]! + inputs[1]! * weights[1]!) - target)) / total,
        )
        expect(sumOf(errors)).to.be.closeTo(0, 1e-5)
        for (const [k, weight] of weights.entries()) {
          const gradient = l2 * weight + sumOf(errors.map((error, i) => error * examples[i]!.inputs[k]!))
          expect(weight).to.be.at.most(0)
          if (weight < 0) expect(gradient).to.be.closeTo(0, 1e-5)
          else expect(gradient).to.be.at.most(1e-5)
        }
      }),
      { numRuns: 12 },
    )
  })
})

describe('thresholds, for any cases of both classes', function () {
  const rounded = (value: number) => Math.round(1000 * value) / 1000

  it('have the highest sum of sensitivity and specificity, and miss at most 1 % of the positive cases', function () {
    fc.assert(
      fc.property(bothClasses, (cases) => {
        const youden = (threshold: number) => {
          const rate = (wanted: boolean) => {
            const those = cases.filter(({ positive }) => positive === wanted)
            return those.filter(({ score }) => score >= threshold === wanted).length / those.length
          }
          return rate(true) + rate(false)
        }
        const scores = cases.map(({ score }) => score).sort((a, b) => a - b)
        const between = scores.slice(1).map((score, i) => (scores[i]! + score) / 2)
        const best = Math.max(...between.map(youden))
        const present = between.find((threshold) => youden(threshold) === best)!
        const positives = cases.filter(({ positive }) => positive).map(({ score }) => score)
        // Below 100 cases, 1 % is none.
        const lowest = Math.min(...positives)
        expect(chooseThresholds(cases)).to.deep.equal({
          present: rounded(present),
          absent: rounded(Math.min(lowest, present)),
        })
      }),
    )
  })

  it('let "absent" miss one of a hundred positive cases where "present" begins above them', function () {
    const positives = Array.from({ length: 100 }, (_, i) => ({ score: 0.47 + i / 200, positive: true }))
    const negatives = Array.from({ length: 100 }, (_, i) => ({ score: 0.75 + i / 1000, positive: false }))
    const { present, absent } = chooseThresholds([...negatives, ...positives])
    expect(present).to.be.above(0.8)
    expect(absent).to.equal(0.475)
  })

  it('reach a wanted sensitivity with the highest score that does, rounded down', function () {
    fc.assert(
      fc.property(bothClasses, fc.constantFrom(0.5, 0.75, 0.875, 0.987), (cases, sensitivity) => {
        const positives = cases.filter(({ positive }) => positive).map(({ score }) => score)
        const reaching = positives.filter(
          (threshold) =>
            positives.filter((score) => score >= threshold).length >= sensitivity * positives.length - 1e-9,
        )
        expect(sensitiveThreshold(cases, sensitivity)).to.be.closeTo(Math.max(...reaching), 0.0011)
        expect(sensitiveThreshold(cases, sensitivity)).to.be.at.most(Math.max(...reaching))
      }),
    )
  })
})

describe('measure, for any cases', function () {
  const labels = ['normal', 'viral', 'bacterial'] as const
  /** The thresholds themselves are common. */
  const probability = fc.oneof(share, fc.constantFrom(0.25, 0.5, 0.6))
  const item = fc.record({ patient: fc.constantFrom('a', 'b', 'c', 'd'), pneumonia: probability, kind: share })
  /** Each label occurs. */
  const evaluated = fc.array(item, { minLength: 6, maxLength: 25 }).map((drawn) =>
    drawn.map(({ patient, pneumonia, kind }, i) => ({
      patient,
      label: labels[i % 3]!,
      probabilities: {
        pneumonia,
        normal: 1 - pneumonia,
        bacterial: pneumonia * kind,
        viral: pneumonia - pneumonia * kind,
      },
    })),
  )

  it('counts by the thresholds, and has the mean AUC of one class against the others', function () {
    const thresholds = { present: 0.6, absent: 0.25 }
    fc.assert(
      fc.property(evaluated, (cases) => {
        const { n, patients, binary, threeClass } = measure(cases, thresholds, [{ name: 'half', threshold: 0.5 }])
        expect([n, patients]).to.deep.equal([cases.length, new Set(cases.map(({ patient }) => patient)).size])
        const shareOf = (some: typeof cases, is: (p: number) => boolean) =>
          some.filter(({ probabilities }) => is(probabilities.pneumonia)).length / some.length
        const normals = cases.filter(({ label }) => label === 'normal')
        const sick = cases.filter(({ label }) => label !== 'normal')
        for (const [name, some] of [
          ['normal', normals],
          ['pneumonia', sick],
        ] as const) {
          expect(binary.outcomes[name].present).to.be.closeTo(
            shareOf(some, (p) => p >= 0.6),
            1e-12,
          )
          expect(binary.outcomes[name].absent).to.be.closeTo(
            shareOf(some, (p) => p < 0.25),
            1e-12,
          )
          expect(binary.outcomes[name].undetermined).to.be.closeTo(
            shareOf(some, (p) => p < 0.6 && p >= 0.25),
            1e-12,
          )
        }
        expect(binary.sensitivity).to.be.closeTo(
          shareOf(sick, (p) => p >= 0.6),
          1e-12,
        )
        expect(binary.points[0]!.specificity).to.be.closeTo(
          shareOf(normals, (p) => p < 0.5),
          1e-12,
        )
        // A score at the threshold counts as pneumonia.
        const above = (some: typeof cases) => some.filter(({ probabilities }) => probabilities.pneumonia >= 0.5).length
        expect(binary.points[0]!.confusion.counts).to.deep.equal([
          [normals.length - above(normals), above(normals)],
          [sick.length - above(sick), above(sick)],
        ])
        const called = cases.map(({ probabilities: { pneumonia, bacterial, viral } }) =>
          pneumonia < 0.6 ? 'normal' : bacterial < viral ? 'viral' : 'bacterial',
        )
        const counts = labels.map((is) =>
          labels.map((as) => cases.filter(({ label }, i) => label === is && called[i] === as).length),
        )
        expect(threeClass.confusion.counts).to.deep.equal(counts)
        expect(threeClass.accuracy).to.be.closeTo(sumOf(labels.map((_, i) => counts[i]![i]!)) / cases.length, 1e-12)
        const areas = labels.map((label) =>
          areaUnderRoc(
            cases.map((one): ScoredCase => ({ score: one.probabilities[label], positive: one.label === label })),
          ),
        )
        expect(threeClass.meanAuc).to.be.closeTo(meanOf(areas), 1e-12)
        expect(threeClass.aucByClass.viral).to.equal(areas[1])
      }),
      { numRuns: 40 },
    )
  })

  it('calls a pneumonia bacterial if both kinds are equally likely', function () {
    const probabilities = { pneumonia: 0.8, normal: 0.2, bacterial: 0.4, viral: 0.4 }
    const { threeClass } = measure([{ patient: 'a', label: 'bacterial', probabilities }], { present: 0.5, absent: 0.5 })
    expect(threeClass.accuracy).to.equal(1)
  })

  it('has precision, recall and F1 of any confusion matrix', function () {
    const pair = fc.record({ is: fc.constantFrom(...labels), called: fc.constantFrom(...labels) })
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 30 }), (pairs) => {
        const found = classMeasures(confusionOf(labels, pairs))
        for (const label of labels) {
          const right = pairs.filter(({ is, called }) => is === label && called === label).length
          const is = pairs.filter((one) => one.is === label).length
          const called = pairs.filter((one) => one.called === label).length
          const { recall, precision, f1 } = found[label]!
          expect([recall, precision]).to.deep.equal([right / is, right / called])
          if (right > 0) expect(f1).to.be.closeTo((2 * right) / (is + called), 1e-12)
        }
      }),
    )
  })
})

describe('matchLogits, for any logits', function () {
  it('leaves residuals that sum to 0 and do not depend on the logits', function () {
    const number = fc.double({ min: -5, max: 5, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 3, maxLength: 20 }), (pairs) => {
        const [logits, wanted] = [
          [-3, ...pairs.map(([logit]) => logit), 3],
          [1, ...pairs.map(([, value]) => value), 2],
        ]
        const { slope, intercept } = matchLogits(logits, wanted)
        const residuals = wanted.map((value, i) => value - slope * logits[i]! - intercept)
        expect(sumOf(residuals)).to.be.closeTo(0, 1e-9)
        expect(sumOf(residuals.map((residual, i) => residual * logits[i]!))).to.be.closeTo(0, 1e-8)
      }),
    )
  })
})
