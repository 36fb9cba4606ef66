import { expect } from 'chai'
import dcmjsCodecs from 'dcmjs-codecs'
import { TriageError } from '../../src/errors/triage-error.ts'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { type DicomFile, parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { compressWithOpenJpeg, withCodestream as withEncapsulated } from './jpeg2000-programs.ts'
import { convertWith, sampleColumns, sampleFile, sampleRows } from './sample-images.ts'

const format = { bitsAllocated: 16, bitsStored: 12, signed: false } as const

function transcode(bytes: Uint8Array<ArrayBuffer>, transferSyntaxUid: string): Uint8Array<ArrayBuffer> {
  const transcoder = new dcmjsCodecs.Transcoder(bytes.buffer)
  transcoder.transcode(transferSyntaxUid)
  return new Uint8Array(transcoder.getDicomPart10())
}

/** Encodes the sample image with each family of codecs. */
const families: readonly { name: string; make: () => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> }[] = [
  { name: 'RLE', make: () => convertWith(sampleFile(format), 'dcmcrle') },
  { name: 'JPEG lossless', make: () => convertWith(sampleFile(format), 'dcmcjpeg', '+e1') },
  {
    name: 'JPEG lossless, predictor 6',
    make: () => convertWith(sampleFile(format), 'dcmcjpeg', '+el', '+sv', '6'),
  },
  { name: 'JPEG extended', make: () => convertWith(sampleFile(format), 'dcmcjpeg', '+ee') },
  { name: 'JPEG-LS', make: () => convertWith(sampleFile(format), 'dcmcjpls') },
  { name: 'JPEG 2000', make: () => transcode(sampleFile(format), '1.2.840.10008.1.2.4.90') },
  { name: 'HTJ2K', make: () => transcode(sampleFile(format), '1.2.840.10008.1.2.4.201') },
]

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
    const { pixelData } = parseDicomFile(plain)
    if (pixelData?.kind !== 'native') throw new Error('the sample is compressed')
    const cells = pixelData.bytes.subarray(0, 2 * sampleRows * sampleColumns)
    const decoded = async (container: 'j2k' | 'jp2') => {
      const codestream = await compressWithOpenJpeg(cells, format.bitsStored, format, container)
      return decodeFrame(parseDicomFile(withEncapsulated(plain, '1.2.840.10008.1.2.4.91', codestream)))
    }
    expect(await decoded('jp2')).to.deep.equal(await decoded('j2k'))
  })

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
