import { expect } from 'chai'
import fc from 'fast-check'
import { seededRandom } from '../../../src/training/data/random.ts'
import { patientBootstrap, percentile } from '../../../src/training/statistics/bootstrap.ts'
import {
  brierScore,
  calibrationSlope,
  expectedCalibrationError,
} from '../../../src/training/statistics/calibration-measures.ts'
import { classMeasures, confusionOf } from '../../../src/training/statistics/confusion-measures.ts'
import { measure } from '../../../src/training/statistics/measures.ts'
import { type ScoredCase, areaUnderRoc, operatingPoint } from '../../../src/training/statistics/roc.ts'

/** Scores with many ties: hundredths and the two ends. */
const score = fc.oneof(
  fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
  fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100),
)
const scored: fc.Arbitrary<ScoredCase> = fc.record({ score, positive: fc.boolean() })
const cases = fc.array(scored, { minLength: 1, maxLength: 40 })
/** At least one case of each class. */
const bothClasses = fc
  .tuple(cases, score, score)
  .map(([some, one, other]) => [...some, { score: one, positive: true }, { score: other, positive: false }])

const scoresOf = (some: readonly ScoredCase[], positive: boolean) =>
  some.filter((item) => item.positive === positive).map((item) => item.score)
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const shareOf = (values: readonly number[], holds: (value: number) => boolean) =>
  values.filter(holds).length / values.length

describe('measures of any cases', () => {
  it('have the AUC of all pairs, which turns around with the scores or the classes', () => {
    fc.assert(
      fc.property(bothClasses, (some) => {
        const [positives, negatives] = [scoresOf(some, true), scoresOf(some, false)]
        const pairs = positives.flatMap((one) => negatives.map((other) => (Math.sign(one - other) + 1) / 2))
        const auc = areaUnderRoc(some)
        expect(auc).to.be.closeTo(sumOf(pairs) / pairs.length, 1e-12)
        const turned = some.map((item) => ({ ...item, score: -item.score }))
        expect(areaUnderRoc(turned)).to.be.closeTo(1 - auc, 1e-12)
        const exchanged = some.map((item) => ({ ...item, positive: !item.positive }))
        expect(areaUnderRoc(exchanged)).to.be.closeTo(1 - auc, 1e-12)
        const logits = some.map((item) => ({ ...item, score: Math.exp(3 * item.score) }))
        expect(areaUnderRoc(logits)).to.be.closeTo(auc, 1e-12)
        expect(areaUnderRoc(some.toReversed())).to.be.closeTo(auc, 1e-12)
      }),
      { numRuns: 300 },
    )
  })

  it('have no AUC if one class is missing', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), (some, positive) => {
        expect(areaUnderRoc(some.map((item) => ({ ...item, positive })))).to.be.NaN
      }),
    )
  })

  it('count a score at the threshold as positive', () => {
    fc.assert(
      fc.property(bothClasses, score, (some, threshold) => {
        const [positives, negatives] = [scoresOf(some, true), scoresOf(some, false)]
        const right = some.filter((item) => item.score >= threshold === item.positive).length
        expect(operatingPoint(some, threshold)).to.deep.equal({
          accuracy: right / some.length,
          sensitivity: shareOf(positives, (one) => one >= threshold),
          specificity: shareOf(negatives, (one) => one < threshold),
        })
      }),
      { numRuns: 300 },
    )
  })

  it('have the Brier score of its decomposition: calibration within each score, plus variance', () => {
    fc.assert(
      fc.property(cases, (some) => {
        const groups = [...Map.groupBy(some, (item) => item.score)].map(([stated, members]) => {
          const observed = members.filter((item) => item.positive).length / members.length
          return members.length * ((stated - observed) ** 2 + observed * (1 - observed))
        })
        expect(brierScore(some)).to.be.closeTo(sumOf(groups) / some.length, 1e-12)
      }),
    )
  })

  it('have the calibration error of ten bins, the last of which holds 1', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 20 }), (some, bins) => {
        const errors = Array.from({ length: bins }, (_, bin) => {
          const isLast = bin === bins - 1
          const inside = some.filter((item) => item.score * bins >= bin && (isLast || item.score * bins < bin + 1))
          return Math.abs(sumOf(inside.map((item) => item.score - Number(item.positive))))
        })
        expect(expectedCalibrationError(some, bins)).to.be.closeTo(sumOf(errors) / some.length, 1e-9)
        const ten = expectedCalibrationError(some, 10)
        expect(expectedCalibrationError(some)).to.equal(ten)
      }),
      { numRuns: 300 },
    )
  })

  it('have the calibration slope of the closed form for two scores: observed by stated log odds', () => {
    const sides = fc.integer({ min: 5, max: 40 })
    fc.assert(
      fc.property(fc.double({ min: 0.55, max: 0.9, noNaN: true }), sides, (stated, count) => {
        const of = (probability: number) =>
          [true, false].flatMap((side) =>
            Array.from({ length: 4 * count }, (_, at) => ({
              score: side ? probability : 1 - probability,
              positive: at < 3 * count === side,
            })),
          )
        const logit = Math.log(stated / (1 - stated))
        // Two scores and their shares have a closed form; Platt's targets pull each share towards one half.
        const high = (4 * count + 1) / (4 * count + 2)
        const share = (3 / 4) * high + (1 / 4) * (1 - high)
        expect(calibrationSlope(of(stated))).to.be.closeTo(Math.log(share / (1 - share)) / logit, 1e-6)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a confusion matrix of any cases', () => {
  const classes = ['normal', 'viral', 'bacterial'] as const
  const judged = fc.record({ is: fc.constantFrom(...classes), called: fc.constantFrom(...classes) })

  it('counts each case once by actual class in rows, and gives precision, recall and F1 of each class', () => {
    fc.assert(
      fc.property(fc.array(judged, { minLength: 1, maxLength: 40 }), (some) => {
        const confusion = confusionOf(classes, some)
        for (const [row, is] of classes.entries())
          for (const [column, called] of classes.entries())
            expect(confusion.counts[row]![column]).to.equal(
              some.filter((item) => item.is === is && item.called === called).length,
            )
        const measures = classMeasures(confusion)
        for (const name of classes) {
          const both = some.filter((item) => item.is === name && item.called === name).length
          const actual = some.filter((item) => item.is === name).length
          const called = some.filter((item) => item.called === name).length
          expect(measures[name]?.recall).to.deep.equal(both / actual)
          expect(measures[name]?.precision).to.deep.equal(both / called)
          // The Dice coefficient of actual and called, which is undefined without a right case.
          if (both > 0) expect(measures[name]?.f1).to.be.closeTo((2 * both) / (actual + called), 1e-12)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('all measures of an evaluation', () => {
  const share = fc.integer({ min: 0, max: 20 }).map((twentieths) => twentieths / 20)
  const evaluated = fc.array(
    fc.record({
      patient: fc.constantFrom('a', 'b', 'c', 'd'),
      label: fc.constantFrom('normal', 'viral', 'bacterial'),
      pneumonia: share,
      bacterialShare: share,
    }),
    { minLength: 3, maxLength: 20 },
  )
  const labels = ['normal', 'viral', 'bacterial'] as const

  it('agree with counting the cases by both thresholds and by the more likely kind', () => {
    fc.assert(
      fc.property(evaluated, share, share, (items, one, other) => {
        const [present, absent] = [Math.max(one, other), Math.min(one, other)]
        const some = [...items, ...labels.map((label) => ({ ...items[0]!, label }))].map((item) => ({
          patient: item.patient,
          label: item.label,
          probabilities: {
            pneumonia: item.pneumonia,
            normal: 1 - item.pneumonia,
            bacterial: item.pneumonia * item.bacterialShare,
            viral: item.pneumonia * (1 - item.bacterialShare),
          },
        }))
        const { n, patients, binary, threeClass } = measure(some, { present, absent })
        expect([n, patients]).to.deep.equal([some.length, new Set(some.map(({ patient }) => patient)).size])
        for (const [name, ill] of [
          ['pneumonia', true],
          ['normal', false],
        ] as const) {
          const scores = some
            .filter(({ label }) => (label !== 'normal') === ill)
            .map(({ probabilities }) => probabilities.pneumonia)
          expect(binary.outcomes[name]).to.deep.equal({
            present: shareOf(scores, (value) => value >= present),
            undetermined: shareOf(scores, (value) => value >= absent && value < present),
            absent: shareOf(scores, (value) => value < absent),
          })
        }
        const called = some.map(({ probabilities: { pneumonia, bacterial, viral } }) =>
          pneumonia < present ? 'normal' : bacterial < viral ? 'viral' : 'bacterial',
        )
        const right = some.filter(({ label }, at) => called[at] === label).length
        expect(threeClass.accuracy).to.be.closeTo(right / some.length, 1e-12)
        const mean = sumOf(labels.map((label) => threeClass.aucByClass[label])) / 3
        expect(threeClass.meanAuc).to.be.closeTo(mean, 1e-12)
        for (const label of labels) {
          const one = some.map((item) => ({ score: item.probabilities[label], positive: item.label === label }))
          expect(threeClass.aucByClass[label]).to.equal(areaUnderRoc(one))
        }
        expect(binary.aucCi95[0]).to.be.at.most(binary.aucCi95[1])
      }),
      { numRuns: 15 },
    )
  })
})

describe('a percentile bootstrap', () => {
  const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 })

  it('interpolates between sorted values as Hyndman and Fan’s seventh definition', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (some, share) => {
        const sorted = some.toSorted((one, other) => one - other)
        // Each value weighs a triangle around its place: a second form of linear interpolation.
        const place = share * (sorted.length - 1)
        const weighed = sorted.map((value, at) => value * Math.max(0, 1 - Math.abs(at - place)))
        expect(percentile(sorted, share)).to.be.closeTo(sumOf(weighed), 1e-9)
      }),
    )
  })

  it('draws whole patients: as many as there are, each with all its images', () => {
    const items = fc.array(fc.record({ patient: fc.constantFrom('a', 'b', 'c'), id: fc.nat() }), { minLength: 1 })
    fc.assert(
      fc.property(items, fc.nat(), (some, seed) => {
        const byPatient = Map.groupBy(some, ({ patient }) => patient)
        const seen: number[] = []
        const [low, high] = patientBootstrap(
          some,
          (drawn) => {
            const times = [...byPatient].map(([patient, own]) => {
              const count = drawn.filter((item) => item.patient === patient).length / own.length
              expect(Number.isInteger(count), 'all images of a patient or none').to.equal(true)
              return count
            })
            expect(sumOf(times)).to.equal(byPatient.size)
            seen.push(drawn.length)
            return drawn.length
          },
          seededRandom(seed),
          40,
        )
        const sorted = seen.toSorted((one, other) => one - other)
        expect([low, high]).to.deep.equal([percentile(sorted, 0.025), percentile(sorted, 0.975)])
        expect(seen).to.have.length(40)
      }),
      { numRuns: 50 },
    )
  })
})
