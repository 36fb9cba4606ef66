import { expect } from 'chai'
import { flagCodes, refusalCodes, skipCodes } from '../../../src/errors/reason-codes.ts'
import { problemSchema } from '../../../src/service/store/finding.ts'
import { formerFlagCodes, formerSkipCodes, readFlagCode } from '../../../src/service/store/stored-codes.ts'

const readProblem = (code: string) => problemSchema.parse({ code, reason: 'A sentence.' })

describe('reason codes', () => {
  it('are all in upper snake case', () => {
    for (const code of [...flagCodes, ...refusalCodes, ...skipCodes]) expect(code).to.match(/^[A-Z]+(_[A-Z]+)*$/)
  })
})

describe('a code that was kept', () => {
  it('reads in the present spelling, whichever it was kept in', () => {
    for (const [former, code] of Object.entries(formerFlagCodes))
      expect([former, code].map(readFlagCode)).to.deep.equal([code, code])
    for (const [former, code] of Object.entries(formerSkipCodes))
      expect([former, code].map((kept) => readProblem(kept).code)).to.deep.equal([code, code])
  })

  it('reads as it is where it is a refusal or an error', () => {
    for (const code of [...refusalCodes, 'HTTP_TIMED_OUT', 'UNEXPECTED']) expect(readProblem(code).code).to.equal(code)
  })

  it('of a later version leaves its sentence as it is', () => {
    expect(readProblem('PIXELS_OF_TOMORROW')).to.deep.equal({ code: 'UNEXPECTED', reason: 'A sentence.' })
    expect(readFlagCode('FLAG_OF_TOMORROW')).to.equal('UNRECOGNISED')
  })
})
