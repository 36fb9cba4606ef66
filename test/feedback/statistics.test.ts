import { expect } from 'chai'
import { agreementTable } from '../../src/feedback/agreement.ts'
import { type Score, driftByModel, leastReference } from '../../src/feedback/drift.ts'
import type { Opinion } from '../../src/feedback/opinion.ts'
import { divergence, quantile, stabilityIndex } from '../../src/feedback/stability-index.ts'
import { wilsonInterval } from '../../src/feedback/wilson.ts'

describe("Wilson's interval", () => {
  // Newcombe, Statistics in Medicine 1998; 17:857, table I, method 3: his worked proportions.
  for (const [successes, trials, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    it(`of ${successes} of ${trials} matches the literature`, () => {
      const interval = wilsonInterval(successes, trials)
      expect(interval[0]).to.be.closeTo(low, 5e-5)
      expect(interval[1]).to.be.closeTo(high, 5e-5)
    })
  }

  it('ends at one if all trials succeed, and still has a width', () => {
    const [low, high] = wilsonInterval(3, 3)
    expect(high).to.equal(1)
    expect(low).to.be.closeTo(0.4385, 5e-5)
  })
})

describe('the population stability index', () => {
  it('is the sum over the bins, as calculated by hand', () => {
    // 2 × (−0.1 × ln 0.5) + 2 × (0.1 × ln 1.5) = 0.138629 + 0.081093
    const value = divergence([0.2, 0.2, 0.2, 0.2, 0.2], [0.1, 0.1, 0.2, 0.3, 0.3])
    expect(value).to.be.closeTo(0.219722, 1e-6)
  })

  const even = Array.from({ length: 100 }, (_, index) => index / 100)

  it('is zero between equal distributions, and gives its expectation by chance', () => {
    const { value, byChance } = stabilityIndex(even, even)
    expect(value).to.equal(0)
    expect(byChance).to.be.closeTo(4 * (1 / 100 + 1 / 100), 1e-12)
  })

  it('is large if all scores moved up, and finite if bins are empty', () => {
    const moved = Array.from({ length: 40 }, () => 0.95)
    // Shares of the bins: reference 20.5/102.5 each; current 0.5/42.5 in four, 40.5/42.5 in the last.
    const [few, most] = [0.5 / 42.5, 40.5 / 42.5]
    const byHand = 4 * (few - 0.2) * Math.log(few / 0.2) + (most - 0.2) * Math.log(most / 0.2)
    expect(stabilityIndex(even, moved).value).to.be.closeTo(byHand, 1e-12)
    expect(byHand).to.be.greaterThan(0.25)
  })

  it('uses fewer bins if many studies have the same probability', () => {
    const same = new Array<number>(100).fill(0.3)
    const { value, byChance } = stabilityIndex(same, same)
    expect(value).to.equal(0)
    expect(byChance).to.be.closeTo(0.02, 1e-12)
  })

  it('has its bin edges at the quantiles', () => {
    expect([0, 0.25, 0.5, 1].map((share) => quantile([1, 2, 4, 8], share))).to.deep.equal([1, 1.75, 3, 8])
  })
})

describe('the agreement table', () => {
  const opinion = (result: string, change: Partial<Opinion>): Opinion => ({
    studyInstanceUid: undefined,
    resultKey: result,
    model: { name: 'pneumonia', version: '1.0.0' },
    decision: 'present',
    pneumonia: 0.9,
    judgement: 'agree',
    source: 'page',
    actor: 'session',
    document: undefined,
    at: new Date('2026-03-01T08:00:00Z'),
    ...change,
  })

  it('counts a result once by its last opinion, and each source separately', () => {
    const table = agreementTable([
      opinion('a', {}),
      opinion('b', { judgement: 'disagree', decision: 'absent' }),
      opinion('a', { judgement: 'disagree', source: 'fhir' }),
      opinion('c', { decision: 'undetermined', judgement: 'reads-present', source: 'structured-report' }),
    ])
    const counts = ({ agree, disagree, readsPresent }: (typeof table)['all']) => [agree, disagree, readsPresent]
    expect(counts(table.all)).to.deep.equal([0, 2, 1])
    expect(table.byDecision.map((row) => [row.decision, ...counts(row.agreement)])).to.deep.equal([
      ['present', 0, 1, 0],
      ['undetermined', 0, 0, 1],
      ['absent', 0, 1, 0],
    ])
    expect(table.bySource.map((row) => [row.source, ...counts(row.agreement)])).to.deep.equal([
      ['page', 1, 1, 0],
      ['fhir', 0, 1, 0],
      ['structured-report', 0, 0, 1],
    ])
    expect(table.byDecision[1]!.agreement.share, 'nobody agrees or disagrees').to.equal(undefined)
  })

  it('keeps versions of the model apart', () => {
    const newer = { model: { name: 'pneumonia', version: '1.0.1' } }
    const table = agreementTable([opinion('a', {}), opinion('b', newer), opinion('c', newer)])
    expect(table.byModel.map(({ model, agreement }) => [model, agreement.agree])).to.deep.equal([
      ['pneumonia 1.0.0', 1],
      ['pneumonia 1.0.1', 2],
    ])
  })
})

describe('drift', () => {
  /** Studies that arrive on one day, evenly over a range of probabilities. */
  const studies = (day: string, count: number, low: number, high: number, version = '1.0.0'): Score[] =>
    Array.from({ length: count }, (_, index) => {
      const pneumonia = low + ((high - low) * index) / count
      return {
        arrivedAt: new Date(`${day}T12:00:00Z`),
        model: { name: 'pneumonia', version },
        decision: pneumonia >= 0.6 ? ('present' as const) : ('absent' as const),
        pneumonia,
      }
    })

  it('uses the first weeks with enough studies as reference, and compares the later ones', () => {
    const [drift] = driftByModel([
      ...studies('2026-03-04', 60, 0, 1),
      ...studies('2026-03-11', 60, 0, 1),
      ...studies('2026-03-18', 50, 0, 1),
      ...studies('2026-03-25', 50, 0.7, 1),
      ...studies('2026-04-01', 5, 0.7, 1),
    ])
    expect(drift?.referenceStudies).to.equal(120)
    const kinds = drift?.weeks.map(({ comparison }) => comparison.kind)
    expect(kinds).to.deep.equal(['reference', 'reference', 'compared', 'compared', 'too-few'])
    const indices = drift?.weeks.flatMap(({ comparison }) =>
      comparison.kind === 'compared' ? [comparison.index.value] : [],
    )
    expect(indices?.[0]).to.be.lessThan(0.1)
    expect(indices?.[1]).to.be.greaterThan(0.25)
    expect(drift?.weeks[3]?.shares).to.deep.equal({ present: 1, undetermined: 0, absent: 0 })
  })

  it('starts weeks on Monday', () => {
    const [drift] = driftByModel([
      ...studies('2026-03-01', 1, 0, 1),
      ...studies('2026-03-02', 1, 0, 1),
      ...studies('2026-03-08', 1, 0, 1),
    ])
    const starts = drift?.weeks.map(({ start, studies: count }) => [start.toISOString(), count])
    expect(starts).to.deep.equal([
      ['2026-02-23T00:00:00.000Z', 1],
      ['2026-03-02T00:00:00.000Z', 2],
    ])
    expect(drift?.referenceStudies).to.equal(undefined)
  })

  it('never compares different versions of the model', () => {
    const drift = driftByModel([
      ...studies('2026-03-04', leastReference, 0, 0.5, '1.0.0'),
      ...studies('2026-03-11', leastReference, 0.5, 1, '1.0.1'),
    ])
    expect(drift.map(({ model }) => model)).to.deep.equal(['pneumonia 1.0.1', 'pneumonia 1.0.0'])
    expect(drift.flatMap(({ weeks }) => weeks.map(({ comparison }) => comparison.kind))).to.deep.equal([
      'reference',
      'reference',
    ])
  })
})
