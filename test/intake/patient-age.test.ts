import { expect } from 'chai'
import { readImageHeader } from '../../src/intake/image-header.ts'
import type { EligibilityRules } from '../../src/intake/rule.ts'
import { ageRule } from '../../src/intake/patient-age.ts'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { sourceHeader } from '../report/fixtures.ts'

const rules: EligibilityRules = { minAgeYears: 1, maxAgeYears: 5, outsideAge: 'flag', undetermined: 'analyse' }
const text = (vr: string, value: string | undefined) => (value === undefined ? { vr } : { vr, Value: [value] })

/** The verdict for these dates and this Patient's Age: `passes`, or its message. */
function verdict({ study = '20260301', birth, age }: { study?: string; birth?: string; age?: string }, limits = rules) {
  const attributes: Record<string, DicomDataset[string]> = {
    '00080020': text('DA', study),
    '00100030': text('DA', birth),
    '00101010': text('AS', age),
  }
  const result = ageRule(readImageHeader(sourceHeader({ attributes })), limits)
  return 'flag' in result ? result.flag.message : 'reason' in result ? result.reason : result.kind
}

const outside = (age: string) => `The patient's age (${age}) is outside the intended range of 1 to 5 years.`
const unknown = "The patient's age is unknown."

describe("the patient's age", () => {
  for (const [birth, study, expected] of [
    ['20250301', '20260301', 'passes'],
    ['20250302', '20260301', outside('11 months')],
    ['20230131', '20260301', 'passes'],
    ['20200301', '20260301', outside('6 years')],
    ['20200302', '20260301', 'passes'],
    ['20260201', '20260301', outside('0 months')],
    ['20260128', '20260301', outside('1 month')],
    ['20260301', '20260301', outside('0 months')],
    ['20190615', '20260301', outside('6 years')],
    // Born on 29 February: a year is complete on 1 March.
    ['20240229', '20250228', outside('11 months')],
    ['20240229', '20250301', 'passes'],
    ['19000101', '20260301', outside('126 years')],
    // Before DICOM 3.0.
    ['2024.03.01', '2026.03.01', 'passes'],
    ['2024-03-01', '2026-03-01', 'passes'],
  ] as const) {
    it(`of one born on ${birth} at a study on ${study}: ${expected}`, () => {
      expect(verdict({ birth, study })).to.equal(expected)
    })
  }

  for (const birth of [
    '20260302',
    '18900101',
    '20240001',
    '20241301',
    '20240100',
    '20240132',
    '2024',
    '2024 0101',
    '',
  ]) {
    it(`is unknown if the birth date is ${birth === '' ? 'empty' : birth}`, () => {
      expect(verdict({ birth })).to.equal(unknown)
    })
  }

  for (const [age, expected] of [
    ['012M', 'passes'],
    ['011M', outside('11 months')],
    ['023M', 'passes'],
    ['071M', 'passes'],
    ['072M', outside('6 years')],
    ['001M', outside('1 month')],
    ['053W', 'passes'],
    ['052W', outside('11 months')],
    ['366D', 'passes'],
    ['365D', outside('11 months')],
    ['000D', outside('0 months')],
    ['006Y', outside('6 years')],
    ['005Y', 'passes'],
    ['0005Y', unknown],
    ['5X', unknown],
  ] as const) {
    it(`given as ${age}: ${expected}`, () => {
      expect(verdict({ age })).to.equal(expected)
    })
  }

  it('is that of the dates if they contradict the given age', () => {
    expect(verdict({ birth: '20240301', age: '050Y' })).to.equal('passes')
    expect(verdict({ birth: 'unknown', age: '003Y' })).to.equal('passes')
  })

  it('is told in months below two years, in whole years from two', () => {
    const limits = { ...rules, minAgeYears: 3 }
    expect(verdict({ age: '023M' }, limits)).to.contain('(23 months)')
    expect(verdict({ age: '024M' }, limits)).to.contain('(2 years)')
    expect(verdict({ age: '035M' }, limits)).to.contain('(2 years)')
  })

  it('refuses the image as a candidate if the settings skip other ages', () => {
    const header = readImageHeader(
      sourceHeader({ attributes: { '00101010': text('AS', '050Y'), '00100030': text('DA', undefined) } }),
    )
    expect(ageRule(header, { ...rules, outsideAge: 'skip' })).to.deep.equal({
      kind: 'refuses',
      candidate: true,
      code: 'AGE_OUTSIDE_RANGE',
      reason: outside('50 years'),
    })
  })
})
