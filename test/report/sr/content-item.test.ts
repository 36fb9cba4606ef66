import { expect } from 'chai'
import { codes } from '../../../src/report/codes.ts'
import {
  type Point,
  codeItem,
  codeSequence,
  container,
  numItem,
  polylineItem,
  textItem,
  uidItem,
} from '../../../src/report/sr/content-item.ts'
import { expectCode } from '../../classify/expect-code.ts'

const image = { sopClassUid: '1.2.840.10008.5.1.4.1.1.1', sopInstanceUid: '1.2.3' }
const code = (value: string, meaning: string) => ({ value, scheme: 'DCM', meaning }) as const

describe('a content item', () => {
  it('throws on every invalid value', () => {
    const corner: Point = [10, 20]
    const attempts: readonly (() => unknown)[] = [
      () => codeSequence(code('1'.repeat(17), 'Longer than SH')),
      () => codeSequence(code('', 'No value')),
      () => codeSequence(code('1', 'm'.repeat(65))),
      () => codeSequence(code('1', '')),
      () => codeItem('CONTAINS', codes.finding, code('1', 'm'.repeat(65))),
      () => textItem('CONTAINS', codes.comment, '  '),
      () => uidItem('HAS OBS CONTEXT', codes.trackingUniqueIdentifier, '1.2.'),
      () => uidItem('HAS OBS CONTEXT', codes.trackingUniqueIdentifier, '1.02'),
      () => uidItem('HAS OBS CONTEXT', codes.trackingUniqueIdentifier, `2.25.${'1'.repeat(60)}`),
      () => numItem('CONTAINS', codes.finding, Number.NaN, codes.percent),
      () => numItem('CONTAINS', codes.finding, 100 / 3, codes.percent),
      () => polylineItem(codes.imageRegion, [corner, [30, 20]], image),
      () => polylineItem(codes.imageRegion, [corner, [30, 20], [Number.NaN, 40]], image),
    ]
    for (const attempt of attempts) expectCode(attempt, 'REPORT_INVALID_CONTENT')
  })

  it('accepts values of exactly the maximum length', () => {
    expect(codeSequence(code('1'.repeat(16), 'm'.repeat(64)))).to.have.length(1)
    expect(numItem('CONTAINS', codes.finding, 87.6, codes.percent)).to.deep.include({ ValueType: 'NUM' })
    expect(uidItem('HAS OBS CONTEXT', codes.trackingUniqueIdentifier, `2.25.${'1'.repeat(59)}`)['UID']).to.have.length(
      64,
    )
  })

  it('closes an outline by repeating its first point', () => {
    const { GraphicData } = polylineItem(
      codes.imageRegion,
      [
        [1, 2],
        [3, 2],
        [3, 4],
      ],
      image,
    )
    expect(GraphicData).to.deep.equal([1, 2, 3, 2, 3, 4, 1, 2])
  })

  it('has no sequence of content without any content', () => {
    const { finding, percent } = codes
    expect(container('CONTAINS', finding, [])).to.not.have.any.keys('ContentSequence', 'ContentTemplateSequence')
    expect(textItem('CONTAINS', finding, 'a')).to.not.have.property('ContentSequence')
    expect(numItem('CONTAINS', finding, 1, percent)).to.not.have.property('ContentSequence')
    const inside = textItem('CONTAINS', finding, 'a', [image])
    expect(inside['ContentSequence']).to.have.length(1)
    expect(container('CONTAINS', finding, [inside], '300')).to.deep.include({
      ContentSequence: [inside],
      ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '300' }],
    })
  })

  it('says what is wrong with a value', () => {
    const { comment, finding, percent, imageRegion } = codes
    for (const [attempt, words] of [
      [() => codeSequence(code('1'.repeat(17), 'm')), `code value "${'1'.repeat(17)}"`],
      [() => codeSequence(code('1', '')), 'code meaning ""'],
      [() => textItem('CONTAINS', comment, ' '), 'empty text for Comment'],
      [() => uidItem('CONTAINS', finding, '1.02'), 'UID "1.02"'],
      [() => uidItem('CONTAINS', finding, '1'), 'UID "1"'],
      [() => uidItem('CONTAINS', finding, '1.2x'), 'UID "1.2x"'],
      [() => uidItem('CONTAINS', finding, 'x1.2'), 'UID "x1.2"'],
      [() => numItem('CONTAINS', finding, Number.NaN, percent), 'number NaN for Finding'],
      [() => polylineItem(imageRegion, [], image), 'a region with fewer than three points'],
      [
        () =>
          polylineItem(
            imageRegion,
            [
              [1, 2],
              [3, 4],
              [5, Infinity],
            ],
            image,
          ),
        'a region with a coordinate that is not finite',
      ],
    ] as const) {
      expect(attempt).to.throw(`The result cannot be written as valid DICOM: ${words}. This is a bug`)
    }
    for (const uid of ['0.0', '1.20.300', '2.25.0']) expect(uidItem('CONTAINS', finding, uid)['UID']).to.equal(uid)
    // DS holds 16 characters.
    expect(numItem('CONTAINS', finding, 1.23456789012345, percent)).to.have.property('ValueType', 'NUM')
    expect(() => numItem('CONTAINS', finding, -1.23456789012345, percent)).to.throw('number -1.23456789012345')
  })

  it('accepts every code of the table', () => {
    for (const each of Object.values(codes)) expect(codeSequence(each)).to.have.length(1)
  })
})
