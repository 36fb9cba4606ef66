import { expect } from 'chai'
import { askedImageOf, requireAskedImage } from '../../src/intake/asked-image.ts'
import { sourceHeader } from '../report/fixtures.ts'

const header = { ...sourceHeader(), '00100021': { vr: 'LO', Value: ['NORTH'] } }
const asked = askedImageOf(header)

function withTag(tag: string, value: string | undefined) {
  return { ...header, [tag]: value === undefined ? { vr: 'LO' } : { vr: 'LO', Value: [value] } }
}

describe('the file of an image', () => {
  it('is taken if it is what was asked for', () => {
    requireAskedImage(header, asked)
    requireAskedImage(withTag('00100020', ` ${asked.patient!.id} `), asked)
  })

  for (const [keyword, tag] of [
    ['StudyInstanceUID', '0020000D'],
    ['SeriesInstanceUID', '0020000E'],
    ['SOPInstanceUID', '00080018'],
    ['Patient ID', '00100020'],
    ['issuer', '00100021'],
  ] as const)
    it(`is refused for another ${keyword}, which the error names without its value`, () => {
      expect(() => {
        requireAskedImage(withTag(tag, '1.2.3.4'), asked)
      })
        .to.throw(keyword)
        .with.property('code', 'INTAKE_IMAGE_DIFFERS')
      try {
        requireAskedImage(withTag(tag, '1.2.3.4'), asked)
      } catch (error) {
        expect(String(error)).to.not.contain('1.2.3.4').and.not.contain(asked.patient!.id)
      }
    })

  it('is refused if only one of file and list has a Patient ID', () => {
    expect(() => {
      requireAskedImage(withTag('00100020', undefined), asked)
    }).to.throw('Patient ID')
    expect(() => {
      requireAskedImage(header, askedImageOf(withTag('00100020', undefined)))
    }).to.throw('Patient ID')
  })

  it('is taken if the archive lists no issuer, or the file has none', () => {
    requireAskedImage(header, askedImageOf(withTag('00100021', undefined)))
    requireAskedImage(withTag('00100021', undefined), asked)
  })
})
