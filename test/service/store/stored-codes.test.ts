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

describe('stored code', () => {
  it('is read in the current spelling, whether stored in the former or the current one', () => {
    for (const [former, code] of Object.entries(formerFlagCodes))
      expect([former, code].map(readFlagCode)).to.deep.equal([code, code])
    for (const [former, code] of Object.entries(formerSkipCodes))
      expect([former, code].map((kept) => readProblem(kept).code)).to.deep.equal([code, code])
  })

  it('is read unchanged if it is a refusal or an error', () => {
    for (const code of [...refusalCodes, 'HTTP_TIMED_OUT', 'UNEXPECTED']) expect(readProblem(code).code).to.equal(code)
  })

  it('of a newer version is read as UNEXPECTED or UNRECOGNISED and keeps its sentence', () => {
    expect(readProblem('PIXELS_OF_TOMORROW')).to.deep.equal({ code: 'UNEXPECTED', reason: 'A sentence.' })
    expect(readFlagCode('FLAG_OF_TOMORROW')).to.equal('UNRECOGNISED')
  })
})
