import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import dcmjsCodecs from 'dcmjs-codecs'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { type DicomFile, parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { transferSyntax } from '../../src/dicom/transfer-syntax.ts'
import { failureOf } from '../servers/failure-of.ts'
import { convertWith, type PixelFormat, sampleFile } from './sample-images.ts'

async function errorCode(run: () => unknown): Promise<string> {
  try {
    await run()
    return 'no error'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

const decode = (bytes: Uint8Array<ArrayBuffer>) => decodeFrame(parseDicomFile(bytes))

describe('decoding', () => {
  before(() => dcmjsCodecs.NativeCodecs.initializeAsync())

  it('masks an overlay plane in the bits above Bits Stored', async () => {
    const file = sampleFile({ bitsAllocated: 16, bitsStored: 12, signed: false })
    const parsed = parseDicomFile(file)
    if (parsed.pixelData?.kind !== 'native') throw new Error('the sample is not uncompressed')
    // An overlay plane in bit 15, as old CR systems wrote it.
    for (let i = 1; i < parsed.pixelData.bytes.length; i += 2) parsed.pixelData.bytes[i]! |= 0x80
    const frame = await decodeFrame(parsed)
    expect(Math.max(...frame.samples)).to.equal(4095)
  })

  it('takes Bits Stored - 1 for a missing High Bit, and unsigned for a missing Pixel Representation', async () => {
    const parsed = parseDicomFile(sampleFile({ bitsAllocated: 16, bitsStored: 12, signed: false }))
    const without = (tag: string) =>
      decodeFrame({
        ...parsed,
        dataset: Object.fromEntries(Object.entries(parsed.dataset).filter(([one]) => one !== tag)),
      })
    const whole = await decodeFrame(parsed)
    for (const tag of ['00280102', '00280103', '00280002']) expect(await without(tag)).to.deep.equal(whole)
    expect((await failureOf(without('00280101'))).message).to.contain('BitsStored')
  })

  describe('refuses', () => {
    const format: PixelFormat = { bitsAllocated: 16, bitsStored: 12, signed: false }

    it('text, an empty file and a PNG (PIXELS_NOT_DICOM)', async () => {
      const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])
      for (const bytes of [new TextEncoder().encode('# A page\n'.repeat(40)), new Uint8Array(0), png]) {
        expect(await errorCode(() => parseDicomFile(bytes))).to.equal('PIXELS_NOT_DICOM')
      }
    })

    it('a file truncated anywhere in its pixels, without padding it', async () => {
      const bytes = sampleFile(format)
      for (const lost of [1, 2, 100, 4000]) {
        expect(await errorCode(() => decode(bytes.slice(0, -lost)))).to.equal('PIXELS_FILE_DAMAGED')
      }
    })

    it('truncated compressed pixels', async () => {
      const bytes = await convertWith(sampleFile(format), 'dcmcjpls')
      expect(await errorCode(() => decode(bytes.slice(0, -300)))).to.equal('PIXELS_FILE_DAMAGED')
    })

    it('pixels that are too few or too many for the header', async () => {
      expect(await errorCode(() => decode(sampleFile(format, { Rows: 62 })))).to.equal('PIXELS_WRONG_LENGTH')
      expect(await errorCode(() => decode(sampleFile(format, { Rows: 60 })))).to.equal('PIXELS_WRONG_LENGTH')
    })

    it('a header that claims more than 100 megapixels, before allocating them', async () => {
      const code = await errorCode(() => decode(sampleFile(format, { Rows: 60000, Columns: 60000 })))
      expect(code).to.equal('PIXELS_TOO_LARGE')
    })

    it('colour, several frames, missing Pixel Data and unsupported bit depths', async () => {
      const cases: readonly [Record<string, unknown>, string][] = [
        [{ PhotometricInterpretation: 'RGB', SamplesPerPixel: 3 }, 'PIXELS_NOT_GRAYSCALE'],
        [{ PhotometricInterpretation: 'PALETTE COLOR' }, 'PIXELS_NOT_GRAYSCALE'],
        [{ NumberOfFrames: 2 }, 'PIXELS_NOT_GRAYSCALE'],
        [{ PixelData: undefined }, 'PIXELS_NO_PIXEL_DATA'],
        [{ BitsStored: 17 }, 'PIXELS_ATTRIBUTE_INVALID'],
        [{ BitsAllocated: 12 }, 'PIXELS_ATTRIBUTE_INVALID'],
        [{ HighBit: 10 }, 'PIXELS_ATTRIBUTE_INVALID'],
        [{ HighBit: 16 }, 'PIXELS_ATTRIBUTE_INVALID'],
      ]
      for (const [tags, code] of cases) {
        expect(await errorCode(() => decode(sampleFile(format, tags))), JSON.stringify(tags)).to.equal(code)
      }
    })

    // Each sentence reaches the person who must have the image sent again.
    for (const [tags, reason] of [
      [{ PhotometricInterpretation: undefined }, 'Photometric Interpretation (none)'],
      [{ PhotometricInterpretation: 'PALETTE COLOR' }, 'Photometric Interpretation PALETTE COLOR'],
      [{ SamplesPerPixel: 3 }, '3 samples per pixel'],
      [{ NumberOfFrames: 2 }, '2 frames'],
      [{ BitsAllocated: 8 }, 'BitsStored is above BitsAllocated'],
      [{ HighBit: 10 }, 'HighBit leaves no room for BitsStored in BitsAllocated'],
      [{ HighBit: 16 }, 'HighBit'],
      [{ Rows: 0 }, 'Rows'],
      [{ Columns: undefined }, 'Columns'],
      [{ PixelRepresentation: 2 }, 'PixelRepresentation'],
    ] as const) {
      it(`${JSON.stringify(tags)}, with the reason: ${reason}`, async () => {
        const decoding = Promise.resolve().then(() => decode(sampleFile(format, tags)))
        expect((await failureOf(decoding)).message).to.contain(reason)
      })
    }

    it('uncompressed pixels that a compressed transfer syntax claims, with the reason', async () => {
      const file = { ...parseDicomFile(sampleFile(format)), transferSyntaxUid: transferSyntax.jpegLossless }
      expect((await failureOf(decodeFrame(file))).message).to.contain('Pixel Data is not encapsulated')
    })

    it('compressed values with a High Bit other than Bits Stored - 1', async () => {
      const file = parseDicomFile(await convertWith(sampleFile(format), 'dcmcjpls'))
      const dataset = { ...file.dataset, '00280102': { vr: 'US', Value: [15] } }
      expect(await errorCode(() => decodeFrame({ ...file, dataset }))).to.equal('PIXELS_ATTRIBUTE_INVALID')
    })

    it('an unsupported transfer syntax, and names it', async () => {
      const file: DicomFile = {
        ...parseDicomFile(sampleFile(format)),
        transferSyntaxUid: '1.2.840.10008.1.2.4.110',
        pixelData: { kind: 'encapsulated', fragments: [new Uint8Array(8)] },
      }
      expect(await errorCode(() => decodeFrame(file))).to.equal('PIXELS_TRANSFER_SYNTAX_UNSUPPORTED')
    })
  })

  const shared = '../shared/data/dicom'
  describe('real radiographs of ../shared', () => {
    before(function () {
      if (!existsSync(shared)) this.skip()
    })

    const read = (path: string) => decode(new Uint8Array(readFileSync(`${shared}/${path}`)))

    it('are the same in every lossless transfer syntax', async () => {
      const reference = await read('projection/RG2_RLE')
      for (const name of ['RG2_J2KR', 'RG2_JLSL', 'RG2_JPLL']) {
        const frame = await read(`projection/${name}`)
        expect(Buffer.from(frame.samples.buffer).equals(Buffer.from(reference.samples.buffer)), name).to.equal(true)
      }
    })

    it('agree with DCMTK for 12-bit JPEG, and stay white if a value overshoots 10 bits', async () => {
      const bytes = new Uint8Array(readFileSync(`${shared}/projection/RG3_JPLY`))
      const { pixelData } = parseDicomFile(await convertWith(bytes, 'dcmdjpeg'))
      if (pixelData?.kind !== 'native') throw new Error('DCMTK left it compressed')
      const reference = new Uint16Array(Uint8Array.from(pixelData.bytes).buffer)
      // Eight pixels are 1024; masking the bits above 10 would make them black.
      expect(reference.filter((value) => value > 1023).length).to.equal(8)
      const clamped = reference.map((value) => Math.min(value, 1023))
      const { samples } = await decode(bytes)
      expect(Buffer.from(samples.buffer).equals(Buffer.from(clamped.buffer))).to.equal(true)
    })
  })
})
