import { expect } from 'chai'
import { TriageError } from '../../src/errors/triage-error.ts'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { toRadiograph } from '../../src/pixels/display.ts'
import { convertWith, sampleFile } from '../pixels/sample-images.ts'
import { writtenFile } from './written-elements.ts'

const format = { bitsAllocated: 16, bitsStored: 12, signed: false } as const

/** A sample whose decimal string is replaced byte by byte, because writers refuse invalid text. */
function withText(tag: string, placeholder: string, text: string): Uint8Array<ArrayBuffer> {
  const bytes = sampleFile(format, { [tag]: placeholder })
  const at = Buffer.from(bytes).indexOf(placeholder)
  bytes.set(Buffer.from(text.padEnd(placeholder.length)), at)
  return bytes
}

/** A file in Deflated Explicit VR Little Endian. */
function deflatedFile(deflated: Uint8Array): Uint8Array<ArrayBuffer> {
  const meta = writtenFile([], 'explicit')
  const syntax = Buffer.from('1.2.840.10008.1.2.1.99')
  const header = Buffer.concat([meta.subarray(0, meta.length - 20), syntax])
  header.writeUInt32LE(8 + syntax.length, 140)
  header.writeUInt16LE(syntax.length, 150)
  return Uint8Array.from(Buffer.concat([header, deflated]))
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

  it('are read from a deflated file whose compressed bytes look like a damaged sequence', () => {
    const value = Uint8Array.from({ length: 0xac00 }, (_, index) => index % 251)
    const plain = writtenFile(
      [
        { tag: '00510010', vr: 'LO', bytes: Buffer.from('ACME') },
        { tag: '00720065', vr: 'OB', bytes: value },
      ],
      'explicit',
    )
    // A stored block: its length, the complement of that (here, the second byte is S), and the data (here from Q on).
    const data = plain.subarray(plain.indexOf(0x51, 132))
    const block = Buffer.from([
      1,
      data.length & 0xff,
      data.length >> 8,
      ~data.length & 0xff,
      (~data.length >> 8) & 0xff,
    ])
    expect(Buffer.concat([block, data]).toString('latin1', 4, 6)).to.equal('SQ')
    const deflated = deflatedFile(Buffer.concat([block, data]))
    expect(parseDicomFile(deflated).dataset['00720065']?.Value).to.deep.equal([value.buffer])
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
