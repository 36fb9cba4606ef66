import { expect } from 'chai'
import fc from 'fast-check'
import { textOf } from '../../../src/dicom/element-values.ts'
import {
  field,
  formattedText,
  headerSegment,
  messageText,
  repeatedField,
  segment,
} from '../../../src/report/hl7/fields.ts'
import { oruMessage } from '../../../src/report/hl7/oru.ts'
import { withdrawnOru } from '../../../src/report/hl7/withdrawal.ts'
import { percent } from '../../../src/report/percent.ts'
import { arbitraryPrediction, imagesOf, writtenText } from '../arbitrary-predictions.ts'
import { hl7Parties, readOru } from './oru-reader.ts'

/** Delimiters, what looks like an escape sequence, framing bytes of MLLP, and any other character. */
const hostileCharacter = fc.oneof(
  fc.constantFrom('|', '^', '&', '~', '\\', '\r', '\n', '\x0b', '\x1c', '"', '\0', '\x7f', 'F', 'S', 'T', 'R', 'E'),
  fc.constantFrom('\\F\\', '\\X0D\\', '\\.br\\', '\\E', '\rPID|1', '""', 'é', '雲', '😀'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
)
const anyText = fc.string({ unit: hostileCharacter, minLength: 1, maxLength: 12 })

const header = headerSegment({
  9: field('ORU', 'R01', 'ORU_R01'),
  10: field('1'),
  12: field('2.5.1'),
  18: field('UNICODE UTF-8'),
})
const read = (text: string) => readOru({ controlId: '1', bytes: new TextEncoder().encode(text) })

/** Control characters are not text: no receiver gets them. */
const withoutControls = (text: string) => text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ')

/** Decodes escape sequences as chapter 2, section 7 of HL7 2.5.1 describes them: every second backslash ends one. */
function decoded(written: string): string {
  return written
    .split('\\')
    .map((part, index) => (index % 2 === 0 ? part : characterOf(part)))
    .join('')
}

function characterOf(sequence: string): string {
  const named = { F: '|', S: '^', T: '&', R: '~', E: '\\', '.br': '\n', X2222: '""' }[sequence]
  return named ?? String.fromCharCode(parseInt(sequence.slice(1), 16))
}

describe('any text in an HL7 v2 message', () => {
  it('comes back equal from another library, and adds no component, repetition, field or segment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anyText, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
        (name) => {
          const patient = segment('PID', { 1: field('1'), 3: field('7'), 5: repeatedField(name), 8: field('F') })
          const message = read(messageText([header, patient]))
          expect(message.segmentNames).to.deep.equal(['MSH', 'PID'])
          expect(message.field('PID', 5)).to.deep.equal(name.map((parts) => parts.map(withoutControls)))
          expect([message.field('PID', 3), message.field('PID', 8)]).to.deep.equal([[['7']], [['F']]])
        },
      ),
      { numRuns: 300 },
    )
  })

  it('has no delimiter and no control character as written, and never deletes the value of its receiver', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const written of [field(text).toString(), formattedText(text).toString()]) {
          expect(written).to.not.match(/[|^&~\x00-\x1f\x7f-\x9f]/)
          expect(decoded(written)).to.not.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
          expect(written).to.not.equal('""')
        }
      }),
      { numRuns: 500 },
    )
  })

  it('comes back equal if it is much longer than any receiver allows', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1000, max: 5000 }), (text, times) => {
        const note = segment('NTE', { 1: field('1'), 3: field(text.repeat(times)) })
        expect(read(messageText([header, note])).field('NTE', 3)).to.deep.equal([[withoutControls(text.repeat(times))]])
      }),
      { numRuns: 10, endOnFailure: true },
    )
  })

  it('has the same lines after the escape sequences of formatted text were decoded', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const lines = text.split(/\r\n|\r|\n/).map(withoutControls)
        expect(decoded(formattedText(text).toString())).to.equal(lines.join('\n'))
      }),
      { numRuns: 500 },
    )
  })
})

describe('any study as an HL7 v2 message', () => {
  const parties = fc.record({
    sendingApplication: writtenText,
    sendingFacility: writtenText,
    receivingApplication: writtenText,
    receivingFacility: writtenText,
  })

  it('has the texts, numbers and decisions of the study, in numbered observations that are all preliminary', () => {
    fc.assert(
      fc.property(arbitraryPrediction, parties, (prediction, sentBy) => {
        const message = readOru(oruMessage(prediction, 'ab12'.repeat(16), sentBy))
        const first = (name: string, number: number) => message.field(name, number)[0]?.[0] ?? ''
        expect([3, 4, 5, 6].map((number) => first('MSH', number))).to.deep.equal(Object.values(sentBy))
        expect(first('OBR', 2)).to.equal(textOf(prediction.source, '00080050') ?? '')
        const id = textOf(prediction.source, '00100020')
        expect(message.segmentNames.includes('PID')).to.equal(id !== undefined)
        if (id !== undefined) expect(first('PID', 3)).to.equal(id)

        const [study, ...results] = message.observations
        expect(study?.status).to.equal('O')
        expect(results.map(({ status }) => status)).to.deep.equal(results.map(() => 'P'))
        const of = (code: string) => results.filter(({ name }) => name[0] === code)
        const images = imagesOf(prediction)
        const numbers = images.map((_, index) => String(index + 1))
        expect(of('233604007').map(({ image }) => image)).to.deep.equal(numbers)
        expect(of('233604007').map(({ value }) => value[1]?.toLowerCase())).to.deep.equal(
          images.map(({ decision }) => decision),
        )
        expect(of('122157').map(({ image, value }) => [image, Number(value[0])])).to.deep.equal(
          images.map(({ probabilities }, index) => [numbers[index], percent(probabilities.pneumonia)]),
        )
        const flags = images.flatMap((image, index) => image.flags.map(({ message: text }) => [numbers[index], text]))
        expect(of('121106').map(({ image, value }) => [image, value[0]])).to.deep.equal(flags)
      }),
      { numRuns: 100 },
    )
  })

  it('is withdrawn with the same observations, all marked as wrong, and another control ID', () => {
    fc.assert(
      fc.property(arbitraryPrediction, (prediction) => {
        const sent = oruMessage(prediction, 'ab12'.repeat(16), hl7Parties)
        const withdrawn = withdrawnOru(sent, prediction, {
          cause: 'model-retracted',
          model: prediction.model,
          at: '2026-04-02T10:00:00.000+02:00',
        })
        const [before, after] = [readOru(sent), readOru(withdrawn)]
        expect(withdrawn.controlId).to.not.equal(sent.controlId)
        expect(after.field('MSH', 10)).to.deep.equal([[withdrawn.controlId]])
        expect(after.observations).to.deep.equal(
          before.observations.map((one) => ({ ...one, status: one.status === 'P' ? 'W' : one.status })),
        )
      }),
      { numRuns: 50 },
    )
  })
})
