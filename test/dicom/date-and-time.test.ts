import { expect } from 'chai'
import { contentMoment, isoDay } from '../../src/dicom/date-and-time.ts'

describe('contentMoment', () => {
  it('uses the time zone of the analysing machine if the source has none', () => {
    const moment = contentMoment('2026-03-01T00:15:30.250+01:00', {})
    expect(moment).to.deep.equal({ date: '20260301', time: '001530.250000', offset: '+0100' })
    expect(contentMoment('2026-03-01T00:15:30Z', {}).offset).to.equal('+0000')
  })

  it('uses the time zone of the source if it has one', () => {
    const source = { '00080201': { vr: 'SH', Value: ['-0330'] } }
    const moment = contentMoment('2026-03-01T00:15:30.250+01:00', source)
    expect(moment).to.deep.equal({ date: '20260228', time: '194530.250000', offset: '-0330' })
  })

  it('ignores an invalid time zone of the source', () => {
    const source = { '00080201': { vr: 'SH', Value: ['CET'] } }
    expect(contentMoment('2026-03-01T00:15:30-05:00', source).offset).to.equal('-0500')
  })
})

describe('isoDay', () => {
  it('accepts the days of the calendar', () => {
    const days = ['20260301', '20240229', '20261231', '00010101'].map(isoDay)
    expect(days).to.deep.equal(['2026-03-01', '2024-02-29', '2026-12-31', '0001-01-01'])
  })

  for (const date of [
    '',
    '20260229',
    '20261301',
    '20260100',
    '20260432',
    '2026-03-01',
    '2026.03.01',
    ' 20260301',
    '202603010',
  ])
    it(`rejects "${date}"`, () => {
      expect(isoDay(date)).to.equal(undefined)
    })
})
