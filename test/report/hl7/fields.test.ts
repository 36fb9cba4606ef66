import { expect } from 'chai'
import {
  codedField,
  escaped,
  field,
  formattedText,
  headerSegment,
  messageText,
  repeatedField,
  segment,
} from '../../../src/report/hl7/fields.ts'

describe('a value in HL7 v2', () => {
  // 2.5.1, chapter 2, section 7: delimiters. A receiver could take an escaped control character for the end of a segment.
  for (const [text, written] of [
    ['plain é 雲', 'plain é 雲'],
    ['|^&~\\', '\\F\\\\S\\\\T\\\\R\\\\E\\'],
    ['a\x0b\x1c\r\nb', 'a    b'],
    ['\x00\x1f\x7f\x85', '    '],
    ['""', '\\X2222\\'],
    ['"', '"'],
    ['""x', '""x'],
    ['', ''],
  ] as const) {
    it(`is written without delimiters and control characters: ${JSON.stringify(text)}`, () => {
      expect(escaped(text)).to.equal(written)
      expect(field(text).toString()).to.equal(written)
    })
  }

  it('has its lines after each kind of line end in formatted text', () => {
    expect(formattedText('a\rb\nc\r\nd\n\ne|').toString()).to.equal('a\\.br\\b\\.br\\c\\.br\\d\\.br\\\\.br\\e\\F\\')
  })
})

describe('a field of HL7 v2', () => {
  it('has its components up to the last one with a value', () => {
    expect(field('a', undefined, '', 'b', '', undefined).toString()).to.equal('a^^^b')
    expect(field(undefined, undefined).toString()).to.equal('')
    expect(
      repeatedField([
        ['a', 'b', undefined],
        [undefined, 'c'],
      ]).toString(),
    ).to.equal('a^b~^c')
  })

  it('has code, name and coding system', () => {
    const code = { value: '1', meaning: 'One', scheme: 'DCM' } as const
    expect(codedField(code).toString()).to.equal('1^One^DCM')
    expect(codedField(code, 'Other').toString()).to.equal('1^Other^DCM')
  })
})

describe('a segment of HL7 v2', () => {
  it('has its fields at their numbers, up to the last, and ends with a carriage return', () => {
    const header = headerSegment({ 3: field('A'), 6: field('B') })
    const patient = segment('PID', { 2: field('C'), 4: field('D') })
    expect(messageText([header, patient])).to.equal('MSH|^~\\&|A|||B\rPID||C||D\r')
  })
})
