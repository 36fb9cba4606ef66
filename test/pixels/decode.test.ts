import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import dcmjsCodecs from 'dcmjs-codecs'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { type DicomFile, parseDicomFile } from '../../src/pixels/dicom-file.ts'
import { convertWithDcmtk, type PixelFormat, sampleFile, sampleValues } from './sample-images.ts'

type Convert = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>

const dcmtk =
  (command: string, ...options: string[]): Convert =>
  (bytes) =>
    convertWithDcmtk(bytes, command, ...options)

const transcode =
  (transferSyntaxUid: string): Convert =>
  (bytes) => {
    const transcoder = new dcmjsCodecs.Transcoder(bytes.slice().buffer)
    transcoder.transcode(transferSyntaxUid)
    return new Uint8Array(transcoder.getDicomPart10())
  }

const lossless: readonly { name: string; convert: Convert; formats: 'all' | 'unsigned' }[] = [
  { name: 'Explicit VR Little Endian', convert: (bytes) => bytes, formats: 'all' },
  { name: 'Implicit VR Little Endian', convert: dcmtk('dcmconv', '+ti'), formats: 'all' },
  { name: 'Explicit VR Big Endian', convert: dcmtk('dcmconv', '+tb'), formats: 'all' },
  { name: 'Deflated', convert: dcmtk('dcmconv', '+td'), formats: 'all' },
  { name: 'bare data set, no meta header', convert: dcmtk('dcmconv', '-F'), formats: 'all' },
  { name: 'RLE', convert: dcmtk('dcmcrle'), formats: 'all' },
  { name: 'JPEG Lossless SV1', convert: dcmtk('dcmcjpeg', '+e1'), formats: 'unsigned' },
  { name: 'JPEG Lossless, predictor 6', convert: dcmtk('dcmcjpeg', '+el', '+sv', '6'), formats: 'unsigned' },
  { name: 'JPEG-LS lossless', convert: dcmtk('dcmcjpls'), formats: 'all' },
  { name: 'JPEG-LS in fragments of 1 kB', convert: dcmtk('dcmcjpls', '+fs', '1'), formats: 'all' },
  { name: 'JPEG 2000 lossless', convert: transcode('1.2.840.10008.1.2.4.90'), formats: 'all' },
  { name: 'HTJ2K lossless', convert: transcode('1.2.840.10008.1.2.4.201'), formats: 'all' },
]

const formats: readonly PixelFormat[] = [
  { bitsAllocated: 8, bitsStored: 8, signed: false },
  { bitsAllocated: 16, bitsStored: 10, signed: false },
  { bitsAllocated: 16, bitsStored: 12, signed: false },
  { bitsAllocated: 16, bitsStored: 15, signed: false },
  { bitsAllocated: 16, bitsStored: 16, signed: false },
  { bitsAllocated: 16, bitsStored: 12, signed: true },
  { bitsAllocated: 16, bitsStored: 16, signed: true },
]

const nameOf = ({ bitsStored, signed }: PixelFormat): string => `${bitsStored} bit ${signed ? 'signed' : 'unsigned'}`

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

  for (const syntax of lossless) {
    for (const format of formats) {
      if (syntax.formats === 'unsigned' && format.signed) continue
      it(`gives back every value: ${syntax.name}, ${nameOf(format)}`, async () => {
        const frame = await decode(syntax.convert(sampleFile(format)))
        expect([...frame.samples]).to.deep.equal(sampleValues(format))
      })
    }
  }

  const lossy: readonly { name: string; convert: Convert; format: PixelFormat; tolerance: number }[] = [
    { name: 'JPEG baseline, 8 bit', convert: dcmtk('dcmcjpeg', '+eb', '+q', '95'), format: formats[0]!, tolerance: 12 },
    {
      name: 'JPEG extended, 12 bit',
      convert: dcmtk('dcmcjpeg', '+ee', '+q', '95'),
      format: formats[2]!,
      tolerance: 200,
    },
    { name: 'JPEG-LS near-lossless', convert: dcmtk('dcmcjpls', '+en', '+md', '3'), format: formats[2]!, tolerance: 3 },
  ]
  for (const { name, convert, format, tolerance } of lossy) {
    it(`stays within what the codec allows, and agrees with DCMTK: ${name}`, async () => {
      const compressed = convert(sampleFile(format))
      const frame = await decode(compressed)
      const worst = Math.max(...sampleValues(format).map((value, index) => Math.abs(value - frame.samples[index]!)))
      expect(worst).to.be.at.most(tolerance)
      const command = name.startsWith('JPEG-LS') ? 'dcmdjpls' : 'dcmdjpeg'
      const reference = await decode(convertWithDcmtk(compressed, command))
      expect([...frame.samples]).to.deep.equal([...reference.samples])
    })
  }

  it('masks what lies above Bits Stored and extends the sign', async () => {
    const file = sampleFile({ bitsAllocated: 16, bitsStored: 12, signed: false })
    const parsed = parseDicomFile(file)
    if (parsed.pixelData?.kind !== 'native') throw new Error('the sample is not uncompressed')
    // An overlay plane in bit 15, as old CR systems wrote it.
    for (let i = 1; i < parsed.pixelData.bytes.length; i += 2) parsed.pixelData.bytes[i]! |= 0x80
    const frame = await decodeFrame(parsed)
    expect(Math.max(...frame.samples)).to.equal(4095)
  })

  describe('refuses', () => {
    const format: PixelFormat = { bitsAllocated: 16, bitsStored: 12, signed: false }

    it('text, an empty file and a PNG as not DICOM', async () => {
      const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])
      for (const bytes of [new TextEncoder().encode('# A page\n'.repeat(40)), new Uint8Array(0), png]) {
        expect(await errorCode(() => parseDicomFile(bytes))).to.equal('PIXELS_NOT_DICOM')
      }
    })

    it('a file cut anywhere in its pixels, and never pads it', async () => {
      const bytes = sampleFile(format)
      for (const lost of [1, 2, 100, 4000]) {
        expect(await errorCode(() => decode(bytes.slice(0, -lost)))).to.equal('PIXELS_FILE_DAMAGED')
      }
    })

    it('compressed pixels cut short', async () => {
      const bytes = convertWithDcmtk(sampleFile(format), 'dcmcjpls')
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

    it('colour, several frames, a missing image and odd bit depths', async () => {
      const cases: readonly [Record<string, unknown>, string][] = [
        [{ PhotometricInterpretation: 'RGB', SamplesPerPixel: 3 }, 'PIXELS_NOT_GRAYSCALE'],
        [{ PhotometricInterpretation: 'PALETTE COLOR' }, 'PIXELS_NOT_GRAYSCALE'],
        [{ NumberOfFrames: 2 }, 'PIXELS_NOT_GRAYSCALE'],
        [{ PixelData: undefined }, 'PIXELS_NO_PIXEL_DATA'],
        [{ BitsStored: 17 }, 'PIXELS_ATTRIBUTE_INVALID'],
        [{ BitsAllocated: 12 }, 'PIXELS_ATTRIBUTE_INVALID'],
        [{ HighBit: 15 }, 'PIXELS_ATTRIBUTE_INVALID'],
      ]
      for (const [tags, code] of cases) {
        expect(await errorCode(() => decode(sampleFile(format, tags))), JSON.stringify(tags)).to.equal(code)
      }
    })

    it('a transfer syntax that no codec here reads, by its name', async () => {
      const file: DicomFile = {
        ...parseDicomFile(sampleFile(format)),
        transferSyntaxUid: '1.2.840.10008.1.2.4.53',
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

    it('agree with DCMTK where they are JPEG of 12 bits', async () => {
      const bytes = new Uint8Array(readFileSync(`${shared}/projection/RG3_JPLY`))
      const [ours, reference] = [await decode(bytes), await decode(convertWithDcmtk(bytes, 'dcmdjpeg'))]
      expect(Buffer.from(ours.samples.buffer).equals(Buffer.from(reference.samples.buffer))).to.equal(true)
    })
  })
})
