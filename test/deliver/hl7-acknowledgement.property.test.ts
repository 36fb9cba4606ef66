import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Acknowledgement,
  describeAnswer,
  readAcknowledgement,
  verdictOf,
} from '../../src/deliver/hl7-acknowledgement.ts'
import { field, headerSegment, messageText } from '../../src/report/hl7/fields.ts'

const acceptCodes = ['AA', 'CA'] as const
const errorCodes = ['AE', 'CE'] as const
const rejectCodes = ['AR', 'CR'] as const

/** Table 0357 without 0: what never passes, what a later attempt may pass, and what says neither. */
const hopeless = ['100', '101', '102', '103', '200', '201', '202', '203']
const passing = ['206', '207']
const undecided = ['204', '205']

const code = fc.constantFrom(...acceptCodes, ...errorCodes, ...rejectCodes)
const tableError = fc.constantFrom(...hopeless, ...passing, ...undecided)
const controlId = fc.stringMatching(/^[A-F0-9]{1,20}$/)

/** Texts that receivers quote from the message, and a code of the receiver's own. */
const noise = fc.constantFrom('', 'planted^name', 'PID^1^5', 'E')

/** ERR of 2.5 and later: ERR-3 is the code. */
const laterErr = fc
  .tuple(tableError, noise, noise)
  .map(([error, location, text]) => ({ errors: [error], text: `ERR||${location}|${error}^x^HL70357|E||||${text}` }))

/** ERR before 2.5: one repetition of ERR-1 for each error, with the code in its fourth component. */
const earlierErr = fc
  .array(tableError, { minLength: 1, maxLength: 3 })
  .map((errors) => ({ errors, text: `ERR|${errors.map((error) => `PID^1^5^${error}&x&HL70357`).join('~')}` }))

const answer = fc.record({
  code,
  controlId,
  segments: fc.array(fc.oneof(laterErr, earlierErr), { maxLength: 3 }),
  last: fc.constantFrom('', '\r'),
  version: fc.constantFrom('2.3', '2.5.1', '2.8'),
})

describe('any HL7 acknowledgement', () => {
  it('is read with its code, its control ID and every error, in the order of the message', () => {
    fc.assert(
      fc.property(answer, ({ code, controlId, segments, last, version }) => {
        const header = `MSH|^~\\&|RIS|H|LUNGTRIAGE||20260301091531||ACK^R01^ACK|1|P|${version}`
        const lines = [header, `MSA|${code}|${controlId}|planted`, ...segments.map(({ text }) => text)]
        expect(readAcknowledgement(lines.join('\r') + last)).to.deep.equal({
          code,
          controlId,
          errors: segments.flatMap(({ errors }) => errors),
        })
      }),
      { numRuns: 300 },
    )
  })

  it('is not read without a known code or without a control ID', () => {
    const damage = fc.oneof(
      fc.stringMatching(/^[A-Z]{0,2}$/).map((text) => `MSA|${text}|ABC`),
      code.map((text) => `MSA|${text}|`),
      code.map((text) => `MSA|${text}`),
      code.map((text) => `NTE|${text}|ABC`),
    )
    const known: readonly string[] = [...acceptCodes, ...errorCodes, ...rejectCodes]
    fc.assert(
      fc.property(
        damage.filter((line) => !known.some((one) => line === `MSA|${one}|ABC`)),
        (line) => {
          const header = headerSegment({ 9: field('ACK', 'R01'), 10: field('1'), 12: field('2.5.1') })
          expect(readAcknowledgement(`${messageText([header])}${line}\r`)).to.equal(undefined)
        },
      ),
    )
  })

  it('is never read from a text that is no message', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.startsWith('MSH')),
        (text) => {
          expect(readAcknowledgement(text)).to.equal(undefined)
          expect(readAcknowledgement(`${text}\rMSH|^~\\&|A\rMSA|AA|1\r`)).to.equal(undefined)
        },
      ),
    )
  })

  /** The same rules in words: an accept is final; otherwise the errors decide, whatever their order. */
  function expected({ code: answered, errors }: Acknowledgement): string {
    const among = (list: readonly string[]) => errors.filter((one) => list.includes(one)).length
    if (answered.endsWith('A')) return 'stored'
    if (answered.endsWith('E')) return among(hopeless) > 0 ? 'rejected' : 'postponed'
    return among(passing) > 0 && among(passing) === errors.length ? 'postponed' : 'rejected'
  }

  it('has the verdict of its code and of all its errors, whatever their order', () => {
    fc.assert(
      fc.property(code, fc.array(tableError, { maxLength: 4 }), (one, errors) => {
        const given = { code: one, controlId: '1', errors }
        expect(verdictOf(given)).to.equal(expected(given))
        expect(verdictOf({ ...given, errors: errors.toReversed() })).to.equal(expected(given))
      }),
      { numRuns: 500 },
    )
  })

  it('is described by its codes only', () => {
    fc.assert(
      fc.property(answer, ({ code: one, controlId: id, segments }) => {
        const lines = ['MSH|^~\\&|RIS', `MSA|${one}|${id}|planted`, ...segments.map(({ text }) => text)]
        const read = readAcknowledgement(lines.join('\r'))!
        expect(describeAnswer(read)).to.match(/^[AC][AER](, error \d{3}(, \d{3})*)?$/)
        for (const error of read.errors) expect(describeAnswer(read)).to.contain(error)
      }),
    )
  })
})
