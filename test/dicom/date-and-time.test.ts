import { expect } from 'chai'
import { contentMoment } from '../../src/dicom/date-and-time.ts'

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
