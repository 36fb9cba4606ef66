import { expect } from 'chai'
import { codes } from '../../../src/report/codes.ts'
import {
  type Point,
  codeItem,
  codeSequence,
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

  it('accepts every code of the table', () => {
    for (const each of Object.values(codes)) expect(codeSequence(each)).to.have.length(1)
  })
})
