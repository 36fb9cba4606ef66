import { expect } from 'chai'
import { localIso } from '../src/clock.ts'

describe('localIso', () => {
  it('gives the same moment with the UTC offset of the machine', () => {
    const moment = new Date('2026-07-01T22:30:15.250Z')
    expect(localIso(moment)).to.match(/^2026-07-0[12]T\d{2}:\d{2}:15\.250[+-]\d{2}:\d{2}$/)
    expect(new Date(localIso(moment)).getTime()).to.equal(moment.getTime())
  })
})
