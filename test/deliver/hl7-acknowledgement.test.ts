import { expect } from 'chai'
import { verdictOf } from '../../src/deliver/hl7-acknowledgement.ts'

/** Every error code of HL7 table 0357 but 0, and what it means for a retry. */
const errorCodes = {
  permanent: ['100', '101', '102', '103', '200', '201', '202', '203'],
  undecided: ['204', '205'],
  transient: ['206', '207'],
} as const

describe('an HL7 acknowledgement with an error code', () => {
  const verdicts = (code: 'AE' | 'CE' | 'AR' | 'CR', errors: readonly string[]) =>
    errors.map((error) => verdictOf({ code, controlId: '1', errors: [error] }))

  for (const [kind, afterError, afterReject] of [
    ['permanent', 'rejected', 'rejected'],
    ['undecided', 'postponed', 'rejected'],
    ['transient', 'postponed', 'postponed'],
  ] as const) {
    const errors = errorCodes[kind]
    it(`is ${afterError} after AE and CE, ${afterReject} after AR and CR: ${errors.join(', ')}`, () => {
      for (const code of ['AE', 'CE'] as const)
        expect(verdicts(code, errors)).to.deep.equal(errors.map(() => afterError))
      for (const code of ['AR', 'CR'] as const) {
        expect(verdicts(code, errors)).to.deep.equal(errors.map(() => afterReject))
      }
    })
  }
})
