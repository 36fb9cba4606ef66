import { expect } from 'chai'
import { TriageError } from '../../src/errors/triage-error.ts'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { toRadiograph } from '../../src/pixels/display.ts'
import { convertWith, sampleFile } from '../pixels/sample-images.ts'

const format = { bitsAllocated: 16, bitsStored: 12, signed: false } as const

/** A sample whose decimal string is replaced byte by byte, because writers refuse invalid text. */
function withText(tag: string, placeholder: string, text: string): Uint8Array<ArrayBuffer> {
  const bytes = sampleFile(format, { [tag]: placeholder })
  const at = Buffer.from(bytes).indexOf(placeholder)
  bytes.set(Buffer.from(text.padEnd(placeholder.length)), at)
  return bytes
}

describe("a file's attributes", () => {
  it('are DICOM JSON: names as components, numbers as numbers, empty attributes without Value', () => {
    const { dataset } = parseDicomFile(
      sampleFile(format, {
        PatientName: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
        PatientBirthDate: '',
        WindowCenter: ['40.5', '300'],
        WindowWidth: '',
        AnatomicRegionSequence: [{ CodeValue: '51185008', CodingSchemeDesignator: 'SCT', CodeMeaning: '' }],
      }),
    )
    expect(dataset['00100010']).to.deep.equal({
      vr: 'PN',
      Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }],
    })
    expect(dataset['00281050']).to.deep.equal({ vr: 'DS', Value: [40.5, 300] })
    expect(dataset['00280010']).to.deep.equal({ vr: 'US', Value: [61] })
    expect(dataset['00100030']).to.deep.equal({ vr: 'DA' })
    expect(dataset['00281051']).to.deep.equal({ vr: 'DS' })
    expect(dataset['00082218']).to.deep.equal({
      vr: 'SQ',
      Value: [
        {
          '00080100': { vr: 'SH', Value: ['51185008'] },
          '00080102': { vr: 'SH', Value: ['SCT'] },
          '00080104': { vr: 'LO' },
        },
      ],
    })
    expect(dataset).not.to.have.property('7FE00010')
  })

  it('are the same from a deflated, implicit VR, big endian and bare file', async () => {
    const bytes = sampleFile(format, { WindowCenter: '40.5', WindowWidth: '300' })
    const reference = parseDicomFile(await convertWith(bytes, 'dcmconv', '+te')).dataset
    for (const options of [['+td'], ['+ti'], ['+tb'], ['-F', '+ti'], ['-F', '+te']]) {
      expect(parseDicomFile(await convertWith(bytes, 'dcmconv', ...options)).dataset, options.join(' ')).to.deep.equal(
        reference,
      )
    }
  })

  it('are read with several character sets (ISO 2022)', () => {
    const file = sampleFile(format, { SpecificCharacterSet: ['', 'ISO 2022 IR 87'], StudyDescription: 'CHEST' })
    expect(parseDicomFile(file).dataset['00081030']?.Value).to.deep.equal(['CHEST'])
  })

  for (const [tag, text] of [
    ['RescaleSlope', '1,5'],
    ['RescaleSlope', 'abc'],
    ['RescaleIntercept', '1e400'],
    ['WindowWidth', '0x10'],
    ['WindowCenter', '12 3'],
  ] as const) {
    it(`reject ${tag} "${text}" without guessing a number`, async () => {
      const window = tag.startsWith('Window') ? { WindowCenter: '1000', WindowWidth: '2000' } : {}
      const bytes = withText(tag, '31415926', text)
      const file = parseDicomFile(bytes)
      const dataset = { ...parseDicomFile(sampleFile(format, window)).dataset, ...file.dataset }
      const frame = await decodeFrame(file)
      expect(() => toRadiograph(frame, dataset))
        .to.throw(TriageError, tag)
        .with.property('code', 'PIXELS_ATTRIBUTE_INVALID')
    })
  }
})
