import { expect } from 'chai'
import fc from 'fast-check'
import { severalFailed } from '../../src/deliver/errors.ts'
import { errorFromData } from '../../src/errors/error-data.ts'
import { errorDefinitions } from '../../src/errors/error-list.ts'
import { type FailureClass, errorToData, failureClasses, isRetried } from '../../src/errors/triage-error.ts'

const definition = fc.constantFrom(...errorDefinitions.values())
const failureClass = fc.constantFrom(...failureClasses)
const data = fc.record({
  code: fc.oneof(
    definition.map(({ code }) => code),
    fc.stringMatching(/^[A-Z]{3,9}_OF_TOMORROW$/),
  ),
  message: fc.string({ unit: 'binary' }),
  failureClass,
})

describe('any error sent as data', () => {
  it('keeps code, class and message however often it is sent, and becomes UNEXPECTED if the code is unknown', () => {
    fc.assert(
      fc.property(data, (sent) => {
        const error = errorFromData(sent)
        const known = errorDefinitions.get(sent.code)
        expect(error.message).to.equal(sent.message)
        expect(error.code).to.equal(known === undefined ? 'UNEXPECTED' : sent.code)
        const keepsClass = known === undefined || known.code === 'UNEXPECTED' || known.failureClass === 'of-causes'
        const fixed = keepsClass ? sent.failureClass : known.failureClass
        expect(error.failureClass).to.equal(fixed)
        expect(error.httpStatus).to.equal(known?.httpStatus ?? 500)
        const again = errorFromData(JSON.parse(JSON.stringify(errorToData(error))) as typeof sent)
        expect(errorToData(again)).to.deep.equal(errorToData(error))
        const kinds = [...errorDefinitions.values()].filter(({ matches }) => matches(error))
        expect(kinds.map(({ code }) => code)).to.deep.equal([error.code])
      }),
      { numRuns: 300 },
    )
  })
})

describe('a summary of any failures', () => {
  it('is retried if one of them is, names each, and has the class that is most worth a retry', () => {
    const failures = fc.array(fc.tuple(failureClass, fc.stringMatching(/^[a-z]{1,8}$/)), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(failures, (parts) => {
        const errors = parts.map(([one, message]) =>
          errorFromData({ code: 'FROM_TOMORROW', message, failureClass: one }),
        )
        const summary = severalFailed(errors)
        const has = (one: FailureClass) => parts.some(([given]) => given === one)
        const order = ['ambiguous', 'transient', 'server', 'permanent'] as const
        expect(summary.failureClass).to.equal(order.find(has))
        expect(isRetried(summary.failureClass)).to.equal(parts.some(([given]) => given !== 'permanent'))
        expect(severalFailed(errors.toReversed()).failureClass).to.equal(summary.failureClass)
        for (const { message } of errors) expect(summary.message.split(' ')).to.include(message)
      }),
      { numRuns: 200 },
    )
  })
})
