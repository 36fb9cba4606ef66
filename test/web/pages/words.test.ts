import { expect } from 'chai'
import { calendarDate } from '../../../src/web/pages/words.ts'

describe('study date on the pages', () => {
  it('is shown as a day, and unchanged if it is not valid', () => {
    expect(['20260301', '20261301', '2026'].map(calendarDate)).to.deep.equal(['2026-03-01', '20261301', '2026'])
  })
})
