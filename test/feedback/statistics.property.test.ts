import { expect } from 'chai'
import fc from 'fast-check'
import { decisions } from '../../src/classify/prediction.ts'
import { agreementTable } from '../../src/feedback/agreement.ts'
import { type Score, driftByModel, leastCompared, leastReference } from '../../src/feedback/drift.ts'
import { type Opinion, judge, judgements, opinionSources } from '../../src/feedback/opinion.ts'
import { divergence, quantile, stabilityIndex } from '../../src/feedback/stability-index.ts'
import { wilsonInterval } from '../../src/feedback/wilson.ts'

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const probability = fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100)

describe("Wilson's interval of any proportion", () => {
  it('ends where the observed share is 1.96 standard errors away, or at 0 and 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, part) => {
        const successes = Math.round(part * trials)
        const share = successes / trials
        const [low, high] = wilsonInterval(successes, trials)
        expect(low).to.be.within(0, share + 1e-12)
        expect(high).to.be.within(share - 1e-12, 1)
        // The bounds solve |share − p| = z √(p (1 − p) / n), the test that the interval inverts.
        for (const bound of [low, high].filter((one) => one > 1e-9 && one < 1 - 1e-9)) {
          const standardErrors = Math.abs(share - bound) / Math.sqrt((bound * (1 - bound)) / trials)
          expect(standardErrors).to.be.closeTo(1.959964, 1e-5)
        }
        const [mirroredLow, mirroredHigh] = wilsonInterval(trials - successes, trials)
        expect(mirroredLow).to.be.closeTo(1 - high, 1e-12)
        expect(mirroredHigh).to.be.closeTo(1 - low, 1e-12)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the stability index of any probabilities', () => {
  const values = fc.array(probability, { minLength: 1, maxLength: 60 })

  it('is never negative, 0 for the same values in any order, and the same in both directions of equal bins', () => {
    fc.assert(
      fc.property(values, values, (reference, current) => {
        expect(stabilityIndex(reference, current).value).to.be.at.least(0)
        expect(stabilityIndex(reference, reference.toReversed()).value).to.be.closeTo(0, 1e-12)
        const shares = (some: readonly number[]) =>
          some.map((value) => (value + 0.01) / (sumOf(some) + 0.01 * some.length))
        const [one, other] = [shares(reference), shares(reference.toReversed())]
        expect(divergence(one, other)).to.be.closeTo(divergence(other, one), 1e-12)
      }),
      { numRuns: 300 },
    )
  })

  it('has quantiles by linear interpolation between sorted values', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (some, share) => {
        const sorted = some.toSorted((one, other) => one - other)
        const place = share * (sorted.length - 1)
        const weighed = sorted.map((value, at) => value * Math.max(0, 1 - Math.abs(at - place)))
        expect(quantile(sorted, share)).to.be.closeTo(sumOf(weighed), 1e-9)
      }),
    )
  })

  it('is the sum over fifths of the reference, with half a study added to each', () => {
    fc.assert(
      fc.property(values, values, (reference, current) => {
        const sorted = reference.toSorted((one, other) => one - other)
        const edges = [...new Set([0.2, 0.4, 0.6, 0.8].map((share) => quantile(sorted, share)))]
        const bins = [-Infinity, ...edges].map((low, at) => ({ low, high: edges[at] ?? Infinity }))
        const shares = (some: readonly number[]) =>
          bins.map(
            ({ low, high }) =>
              (some.filter((value) => value > low && value <= high).length + 0.5) / (some.length + bins.length / 2),
          )
        const [expected, actual] = [shares(reference), shares(current)]
        const index = sumOf(
          bins.map((_, bin) => (actual[bin]! - expected[bin]!) * Math.log(actual[bin]! / expected[bin]!)),
        )
        const { value, byChance } = stabilityIndex(reference, current)
        expect(value).to.be.closeTo(index, 1e-12)
        expect(byChance).to.be.closeTo((bins.length - 1) * (1 / reference.length + 1 / current.length), 1e-12)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the agreement table of any opinions', () => {
  const opinion: fc.Arbitrary<Opinion> = fc.record({
    studyInstanceUid: fc.constant(undefined),
    resultKey: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    model: fc.record({ name: fc.constant('pneumonia'), version: fc.constantFrom('1.0.0', '1.0.1') }),
    decision: fc.constantFrom(...decisions),
    pneumonia: probability,
    judgement: fc.constantFrom(...judgements),
    source: fc.constantFrom(...opinionSources),
    actor: fc.constant('session'),
    document: fc.constant(undefined),
    at: fc.constant(new Date(0)),
  })

  it('counts the last opinion on each result once, in the row of its decision and of its model', () => {
    fc.assert(
      fc.property(fc.array(opinion, { maxLength: 20 }), (opinions) => {
        const last = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap(
          (key) => opinions.findLast(({ resultKey }) => resultKey === key) ?? [],
        )
        const expected = (some: readonly Opinion[]) =>
          ['agree', 'disagree', 'reads-present', 'reads-absent'].map(
            (judgement) => some.filter((one) => one.judgement === judgement).length,
          )
        const table = agreementTable(opinions)
        const counts = ({ agree, disagree, readsPresent, readsAbsent }: (typeof table)['all']) => [
          agree,
          disagree,
          readsPresent,
          readsAbsent,
        ]
        expect(counts(table.all)).to.deep.equal(expected(last))
        for (const { decision, agreement } of table.byDecision)
          expect(counts(agreement)).to.deep.equal(expected(last.filter((one) => one.decision === decision)))
        for (const { model, agreement } of table.byModel)
          expect(counts(agreement)).to.deep.equal(
            expected(last.filter((one) => `${one.model.name} ${one.model.version}` === model)),
          )
        for (const { source, agreement } of table.bySource)
          expect(counts(agreement)).to.deep.equal(expected(opinions.filter((one) => one.source === source)))
        const [agree = 0, disagree = 0] = expected(last)
        expect(table.all.share?.value).to.equal(agree + disagree === 0 ? undefined : agree / (agree + disagree))
      }),
      { numRuns: 200 },
    )
  })

  it('judges a reading only by whether it equals the decision', () => {
    for (const decision of decisions)
      for (const reading of ['present', 'absent'] as const) {
        const undetermined = decision === 'undetermined'
        const expected = decision === reading ? 'agree' : 'disagree'
        expect(judge(decision, reading)).to.equal(undetermined ? `reads-${reading}` : expected)
      }
  })
})

describe('the drift of any scores', () => {
  const dayMs = 24 * 60 * 60_000
  interface WeekOfScores {
    readonly day: number
    readonly version: string
    readonly studies: number
    readonly level: number
  }
  /** Studies of one week of one model: all at one hour, with probabilities around a level. */
  const week: fc.Arbitrary<WeekOfScores> = fc.record({
    day: fc.integer({ min: 0, max: 60 }),
    version: fc.constantFrom('1.0.0', '1.0.1'),
    studies: fc.constantFrom(1, leastCompared - 1, leastCompared, leastReference / 2, leastReference),
    level: probability,
  })
  const scoresOf = ({ day, version, studies, level }: WeekOfScores): Score[] =>
    Array.from({ length: studies }, (_, index) => ({
      arrivedAt: new Date(Date.UTC(2026, 1, 2) + day * dayMs + index * 60_000),
      model: { name: 'pneumonia', version },
      decision: decisions[index % 3]!,
      pneumonia: (level + index / studies) / 2,
    }))

  it('has each study in the week of its Monday, and compares a week only after the reference is complete', () => {
    fc.assert(
      fc.property(fc.array(week, { minLength: 1, maxLength: 8 }), (parts) => {
        const scores = parts.flatMap(scoresOf)
        const drift = driftByModel(scores.toReversed())
        expect(drift.map(({ model }) => model)).to.have.members([
          ...new Set(scores.map(({ model }) => `${model.name} ${model.version}`)),
        ])
        for (const { model, weeks, referenceStudies } of drift) {
          const own = scores.filter((score) => `${score.model.name} ${score.model.version}` === model)
          let before = 0
          for (const { start, studies, shares, quartiles, comparison } of weeks) {
            expect(start.getUTCDay(), 'a Monday').to.equal(1)
            const inside = own.filter(({ arrivedAt }) => {
              const daysSince = (arrivedAt.getTime() - start.getTime()) / dayMs
              return daysSince >= 0 && daysSince < 7
            })
            expect(studies).to.equal(inside.length)
            expect(sumOf(Object.values(shares))).to.be.closeTo(1, 1e-12)
            const below = inside.filter(({ pneumonia }) => pneumonia < quartiles[1]).length
            expect(below).to.be.at.most(inside.length / 2)
            const expected =
              own.length < leastReference
                ? 'no-reference'
                : before < leastReference
                  ? 'reference'
                  : studies < leastCompared
                    ? 'too-few'
                    : 'compared'
            expect(comparison.kind).to.equal(expected)
            before += studies
          }
          expect(before, 'each study once').to.equal(own.length)
          const first = weeks.filter(({ comparison }) => comparison.kind === 'reference')
          const reference = sumOf(first.map(({ studies }) => studies))
          expect(referenceStudies).to.equal(own.length < leastReference ? undefined : reference)
        }
      }),
      { numRuns: 100 },
    )
  })
})
