import { expect } from 'chai'
import dcmjsCodecs from 'dcmjs-codecs'
import { TriageError } from '../../src/errors/triage-error.ts'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { type DicomFile, parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { transferSyntax } from '../../src/dicom/transfer-syntax.ts'
import { compressWithOpenJpeg, encodeHtj2k, withCodestream as withEncapsulated } from './jpeg2000-programs.ts'
import { convertWith, sampleColumns, sampleFile, sampleRows } from './sample-images.ts'

const format = { bitsAllocated: 16, bitsStored: 12, signed: false } as const

function transcode(bytes: Uint8Array<ArrayBuffer>, transferSyntaxUid: string): Uint8Array<ArrayBuffer> {
  const transcoder = new dcmjsCodecs.Transcoder(bytes.buffer)
  transcoder.transcode(transferSyntaxUid)
  return new Uint8Array(transcoder.getDicomPart10())
}

const byDcmtk =
  (command: string, ...options: string[]) =>
  () =>
    convertWith(sampleFile(format), command, ...options)

const asJpeg2000 = () => transcode(sampleFile(format), transferSyntax.jpeg2000Lossless)
const asHtj2k = () => transcode(sampleFile(format), transferSyntax.htj2kLossless)

/** Encodes the sample image with each family of codecs. */
const families: readonly { name: string; make: () => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> }[] = [
  { name: 'RLE', make: byDcmtk('dcmcrle') },
  { name: 'JPEG lossless', make: byDcmtk('dcmcjpeg', '+e1') },
  { name: 'JPEG lossless, predictor 6', make: byDcmtk('dcmcjpeg', '+el', '+sv', '6') },
  { name: 'JPEG extended', make: byDcmtk('dcmcjpeg', '+ee') },
  { name: 'JPEG-LS', make: byDcmtk('dcmcjpls') },
  { name: 'JPEG 2000', make: asJpeg2000 },
  { name: 'HTJ2K', make: asHtj2k },
]

type CompressedSyntax = Exclude<
  keyof typeof transferSyntax,
  'implicitLittleEndian' | 'explicitLittleEndian' | 'deflated' | 'explicitBigEndian'
>

/** An encoder of each compressed transfer syntax; a lossy syntax may also hold a lossless codestream. */
const compressed: Readonly<Record<CompressedSyntax, { lossy: boolean; make: (typeof families)[number]['make'] }>> = {
  rle: { lossy: false, make: byDcmtk('dcmcrle') },
  jpegBaseline: { lossy: true, make: byDcmtk('dcmcjpeg', '+eb') },
  jpegExtended: { lossy: true, make: byDcmtk('dcmcjpeg', '+ee') },
  jpegSpectralSelection: { lossy: true, make: byDcmtk('dcmcjpeg', '+es') },
  jpegFullProgression: { lossy: true, make: byDcmtk('dcmcjpeg', '+ep') },
  jpegLossless: { lossy: false, make: byDcmtk('dcmcjpeg', '+el') },
  jpegLosslessSv1: { lossy: false, make: byDcmtk('dcmcjpeg', '+e1') },
  jpegLsLossless: { lossy: false, make: byDcmtk('dcmcjpls', '+pc') },
  jpegLsNearLossless: { lossy: true, make: byDcmtk('dcmcjpls', '+en', '+md', '3') },
  jpeg2000Lossless: { lossy: false, make: asJpeg2000 },
  jpeg2000: { lossy: true, make: asJpeg2000 },
  htj2kLossless: { lossy: false, make: asHtj2k },
  htj2kLosslessRpcl: { lossy: false, make: asHtj2k },
  htj2k: { lossy: true, make: asHtj2k },
}

async function failure(file: DicomFile): Promise<string> {
  try {
    await decodeFrame(file)
    return 'decoded'
  } catch (error) {
    return error instanceof TriageError ? error.code : String(error)
  }
}

function withSize(file: DicomFile, rows: number, columns: number): DicomFile {
  const size = { '00280010': { vr: 'US', Value: [rows] }, '00280011': { vr: 'US', Value: [columns] } }
  return { ...file, dataset: { ...file.dataset, ...size } }
}

function withBits(file: DicomFile, bitsStored: number, isSigned = false): DicomFile {
  const bits = {
    '00280101': { vr: 'US', Value: [bitsStored] },
    '00280102': { vr: 'US', Value: [bitsStored - 1] },
    '00280103': { vr: 'US', Value: [isSigned ? 1 : 0] },
  }
  return { ...file, dataset: { ...file.dataset, ...bits } }
}

const signedFormat = { ...format, signed: true } as const
const signedCells = () => cellsOf(sampleFile(signedFormat))

/** Encodes signed values of 12 bits with the codecs that know a sign. */
const signedFamilies: readonly { name: 'jpeg2000' | 'htj2k'; make: () => Promise<Uint8Array<ArrayBuffer>> }[] = [
  { name: 'jpeg2000', make: () => compressWithOpenJpeg(signedCells(), 12, signedFormat) },
  { name: 'htj2k', make: () => encodeHtj2k(signedCells(), signedFormat) },
]

function cellsOf(plain: Uint8Array<ArrayBuffer>): Uint8Array {
  const { pixelData } = parseDicomFile(plain)
  if (pixelData?.kind !== 'native') throw new Error('the sample is compressed')
  return pixelData.bytes.subarray(0, 2 * sampleRows * sampleColumns)
}

function codestreamOf(file: DicomFile): Uint8Array<ArrayBuffer> {
  if (file.pixelData?.kind !== 'encapsulated') throw new Error('the sample is not compressed')
  return new Uint8Array(Buffer.concat(file.pixelData.fragments))
}

function withCodestream(file: DicomFile, codestream: Uint8Array): DicomFile {
  return { ...file, pixelData: { kind: 'encapsulated', fragments: [codestream] } }
}

describe('a compressed frame', () => {
  before(() => dcmjsCodecs.NativeCodecs.initializeAsync())

  it('is read from a JP2 file in JPEG 2000', async () => {
    const plain = sampleFile(format)
    const cells = cellsOf(plain)
    const decoded = async (container: 'j2k' | 'jp2') => {
      const codestream = await compressWithOpenJpeg(cells, format.bitsStored, format, container)
      return decodeFrame(parseDicomFile(withEncapsulated(plain, '1.2.840.10008.1.2.4.91', codestream)))
    }
    expect(await decoded('jp2')).to.deep.equal(await decoded('j2k'))
  })

  const unreadable = {
    jpegLossless: 'does not start with a JPEG marker',
    jpegLsLossless: 'does not start with a JPEG marker',
    jpeg2000Lossless: 'does not start with the JPEG 2000 marker',
    htj2kLossless: 'does not start with the JPEG 2000 marker',
  } as const
  for (const [syntax, reason] of Object.entries(unreadable)) {
    for (const length of [0, 1, 3, 4, 50, 51, 200]) {
      it(`of ${length} bytes that are no codestream is refused in ${syntax}: it ${reason}`, async () => {
        const plain = parseDicomFile(sampleFile(format))
        const junk = withCodestream(plain, new Uint8Array(length).fill(7))
        const file = { ...junk, transferSyntaxUid: transferSyntax[syntax as keyof typeof unreadable] }
        const error: unknown = await decodeFrame(file).catch((thrown: unknown) => thrown)
        expect(error).to.have.property('code', 'PIXELS_DECODING_FAILED')
        expect(error).to.have.property('message').that.contains(reason)
      })
    }
  }

  for (const { name, make } of families) {
    describe(name, () => {
      let file: DicomFile
      before(async () => {
        file = parseDicomFile(await make())
      })

      it('is rejected, not padded or cropped, if the header states a different size', async () => {
        const sizes: readonly [number, number][] = [
          [sampleRows + 1, sampleColumns],
          [sampleRows - 1, sampleColumns],
          [sampleRows, sampleColumns + 1],
          [9000, 9000],
        ]
        for (const [rows, columns] of sizes) {
          expect(await failure(withSize(file, rows, columns)), `${rows} x ${columns}`).to.equal(
            'PIXELS_DECODING_FAILED',
          )
        }
      })

      it('is rejected if it is truncated inside a well-formed file', async () => {
        const codestream = codestreamOf(file)
        for (const kept of [0, 10, 70, Math.floor(codestream.length / 2), codestream.length - 20]) {
          const cut = withCodestream(file, codestream.subarray(0, kept))
          expect(await failure(cut), `${kept} of ${codestream.length} bytes`).to.equal('PIXELS_DECODING_FAILED')
        }
      })

      it('is read with a padding byte 00 or FF at its end', async () => {
        const reference = await decodeFrame(file)
        const codestream = codestreamOf(file)
        for (const padding of name === 'RLE' ? [0] : [0, 0xff]) {
          // The encoders pad to an even length already; odd lengths get their pad byte here.
          const bare = codestream.at(-1) === 0 ? codestream.subarray(0, -1) : codestream
          const frame = await decodeFrame(withCodestream(file, Uint8Array.from([...bare, padding])))
          expect([...frame.samples]).to.deep.equal([...reference.samples])
        }
      })

      it('is read in several fragments', async () => {
        const reference = await decodeFrame(file)
        const codestream = codestreamOf(file)
        const fragments = [codestream.subarray(0, 33), codestream.subarray(33, 34), codestream.subarray(34)]
        const frame = await decodeFrame({ ...file, pixelData: { kind: 'encapsulated', fragments } })
        expect([...frame.samples]).to.deep.equal([...reference.samples])
      })
    })
  }

  it('is rejected before allocation if only its own header claims 60000 x 60000', async () => {
    for (const [make, at] of [
      [families[1]!.make, 5],
      [families[4]!.make, 5],
    ] as const) {
      const file = parseDicomFile(await make())
      const codestream = codestreamOf(file)
      const frameMarker = codestream.findIndex((byte, i) => byte === 0xff && [0xc3, 0xf7].includes(codestream[i + 1]!))
      codestream.set([0xea, 0x60, 0xea, 0x60], frameMarker + at)
      const before = process.memoryUsage().rss
      expect(await failure(withCodestream(file, codestream))).to.equal('PIXELS_DECODING_FAILED')
      expect(process.memoryUsage().rss - before).to.be.below(200e6)
    }
  })

  it('is rejected, not left black, if JPEG 2000 tiles are missing', async () => {
    const file = parseDicomFile(await families[5]!.make())
    const codestream = codestreamOf(file)
    codestream.set([0, 0, 0, 1, 0, 0, 0, 1], 24)
    expect(await failure(withCodestream(file, codestream))).to.equal('PIXELS_DECODING_FAILED')
  })

  it('does not affect the next image if it makes the codec fail', async () => {
    const file = parseDicomFile(await families[4]!.make())
    const reference = await decodeFrame(file)
    const codestream = codestreamOf(file)
    codestream.fill(0x5a, 60, codestream.length - 2)
    expect(await failure(withCodestream(file, codestream))).to.equal('PIXELS_DECODING_FAILED')
    expect([...(await decodeFrame(file)).samples]).to.deep.equal([...reference.samples])
  })

  it('is rejected if it has more bits than Bits Allocated', async () => {
    const file = parseDicomFile(await families[1]!.make())
    const dataset = {
      ...file.dataset,
      '00280100': { vr: 'US', Value: [8] },
      '00280101': { vr: 'US', Value: [8] },
      '00280102': { vr: 'US', Value: [7] },
    }
    expect(await failure({ ...file, dataset })).to.equal('PIXELS_DECODING_FAILED')
  })
})

describe('a compressed frame of more bits than Bits Stored', () => {
  before(() => dcmjsCodecs.NativeCodecs.initializeAsync())

  for (const [name, { lossy, make }] of Object.entries(compressed)) {
    it(`${lossy ? 'stays white, because a lossy codec overshoots' : 'loses the bits above, because they hold something else'}: ${name}`, async () => {
      const file = { ...parseDicomFile(await make()), transferSyntaxUid: transferSyntax[name as CompressedSyntax] }
      const whole = await decodeFrame(file)
      const bits = whole.bitsStored - 2
      const most = 2 ** bits - 1
      expect(Math.max(...whole.samples)).to.be.above(most)
      const { samples } = await decodeFrame(withBits(file, bits))
      expect([...samples]).to.deep.equal(
        Array.from(whole.samples, (value) => (lossy ? Math.min(value, most) : value & most)),
      )
    })
  }

  for (const { name, make } of signedFamilies) {
    it(`stays white and black if its values are signed: ${name}`, async () => {
      const file = parseDicomFile(withEncapsulated(sampleFile(signedFormat), transferSyntax[name], await make()))
      const whole = await decodeFrame(file)
      const { samples } = await decodeFrame(withBits(file, 10, true))
      expect([...samples]).to.deep.equal(Array.from(whole.samples, (value) => Math.min(Math.max(value, -512), 511)))
      expect(new Set(samples)).to.include(-512).and.to.include(511)
    })
  }
})

describe('a compressed frame of fewer bits than Bits Stored', () => {
  before(() => dcmjsCodecs.NativeCodecs.initializeAsync())

  for (const { name, make } of [
    { name: 'JPEG', make: byDcmtk('dcmcjpeg', '+ee') },
    { name: 'JPEG-LS', make: byDcmtk('dcmcjpls', '+pc') },
  ]) {
    it(`is rejected if the header claims signed values, and read otherwise: ${name}`, async () => {
      const file = parseDicomFile(await make())
      const { samples } = await decodeFrame(file)
      expect([...(await decodeFrame(withBits(file, 14))).samples]).to.deep.equal([...samples])
      expect(await failure(withBits(file, 13, true))).to.equal('PIXELS_DECODING_FAILED')
      const signExtended = Array.from(samples, (value) => (value << 20) >> 20)
      expect([...(await decodeFrame(withBits(file, 12, true))).samples]).to.deep.equal(signExtended)
    })
  }

  for (const { name, make } of signedFamilies) {
    it(`keeps negative values if the codestream has a sign: ${name}`, async () => {
      const file = parseDicomFile(withEncapsulated(sampleFile(signedFormat), transferSyntax[name], await make()))
      const { samples } = await decodeFrame(file)
      expect(Math.min(...samples)).to.be.below(-2000)
      expect([...(await decodeFrame(withBits(file, 14, true))).samples]).to.deep.equal([...samples])
    })
  }
})

describe('uncompressed big endian', () => {
  it('swaps 8-bit samples in words (OW) but not in bytes (OB)', async () => {
    const eight = { bitsAllocated: 8, bitsStored: 8, signed: false } as const
    const reference = await decodeFrame(parseDicomFile(sampleFile(eight)))
    const words = parseDicomFile(await convertWith(sampleFile(eight), 'dcmconv', '+tb'))
    if (words.pixelData?.kind !== 'native') throw new Error('not native')
    expect(words.pixelData.vr).to.equal('OW')
    expect([...(await decodeFrame(words)).samples]).to.deep.equal([...reference.samples])
    const original = parseDicomFile(sampleFile(eight)).pixelData
    if (original?.kind !== 'native') throw new Error('not native')
    const bytes: DicomFile = { ...words, pixelData: { ...original, vr: 'OB' } }
    expect([...(await decodeFrame(bytes)).samples]).to.deep.equal([...reference.samples])
  })
})
