import { expect } from 'chai'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { toRadiograph } from '../../src/pixels/display.ts'
import { compressWithOpenJpeg, decompressWithOpenJpeg, encodeHtj2k, withCodestream } from './jpeg2000-programs.ts'
import { type PixelFormat, convertWith, sampleColumns, sampleFile, sampleRows, sampleValues } from './sample-images.ts'

type Convert = (
  bytes: Uint8Array<ArrayBuffer>,
  format: PixelFormat,
) => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>

const by =
  (command: string, ...options: string[]): Convert =>
  (bytes) =>
    convertWith(bytes, command, ...options)

const u = (bitsStored: number): PixelFormat => ({
  bitsAllocated: bitsStored > 8 ? 16 : 8,
  bitsStored,
  signed: false,
})
const s = (bitsStored: number): PixelFormat => ({ ...u(bitsStored), signed: true })

const formats: readonly PixelFormat[] = [
  ...[8, 10, 12, 14, 15, 16].map(u),
  ...[8, 12, 16].map(s),
  { ...u(12), highBit: 15 },
  { ...s(12), highBit: 15 },
]
const photometricInterpretations = ['MONOCHROME1', 'MONOCHROME2'] as const

const atBottom = ({ highBit }: PixelFormat) => highBit === undefined
const unsigned = (format: PixelFormat) => atBottom(format) && !format.signed
const eightBit = (format: PixelFormat) => unsigned(format) && format.bitsStored === 8
/** `opj_compress` does not accept raw 15-bit images. */
const not15Bit = (format: PixelFormat) => atBottom(format) && format.bitsStored !== 15
/** DCMTK scales 10 bits to 12 before lossy compression. */
const eightOr12Bit = (format: PixelFormat) => unsigned(format) && [8, 12].includes(format.bitsStored)
const wordsAtBottom = (format: PixelFormat) => atBottom(format) && format.bitsAllocated === 16

interface Row {
  readonly name: string
  readonly convert: Convert
  /** The formats that the encoder accepts. */
  readonly takes: (format: PixelFormat) => boolean
  /** Largest error of a value, as a share of the format's range; 0 for lossless. */
  readonly tolerance: number
  /** Another decoder of a lossy syntax, which must give bit-identical values. The sample has the lossless ones. */
  readonly oracle?: Oracle
}

/** The values of an encoded file from another decoder, including bits beyond the stored ones. */
type Oracle = (encoded: Uint8Array<ArrayBuffer>, format: PixelFormat) => Promise<ArrayLike<number>>

const uncompressedBy =
  (command: string, ...options: string[]): Oracle =>
  async (encoded) =>
    (await decodeFrame(parseDicomFile(await convertWith(encoded, command, ...options)))).samples

const all = () => true
const dcmdjpeg = uncompressedBy('dcmdjpeg')
const dcmdjpls = uncompressedBy('dcmdjpls')

const codestreamOf = (encoded: Uint8Array<ArrayBuffer>): Uint8Array => {
  const { pixelData } = parseDicomFile(encoded)
  if (pixelData?.kind !== 'encapsulated') throw new Error('the sample is not compressed')
  return Buffer.concat(pixelData.fragments)
}

/** OpenJPEG's program. A value that overshoots the stored bits is clamped, as in the codestream's own bits. */
const openJpeg: Oracle = async (encoded, format) => {
  const codestream = codestreamOf(encoded)
  const precision = (codestream[42]! & 0x7f) + 1
  const values = valuesOfCells(await decompressWithOpenJpeg(codestream), {
    ...format,
    bitsAllocated: precision > 8 ? 16 : 8,
  })
  const least = format.signed ? -(2 ** (format.bitsStored - 1)) : 0
  const most = least + 2 ** format.bitsStored - 1
  // The program leaves the bits above a negative value's precision empty.
  const extended = format.signed ? values.map((value) => (value << (32 - precision)) >> (32 - precision)) : values
  return extended.map((value) => Math.min(Math.max(value, least), most))
}

function valuesOfCells(cells: Uint8Array, { bitsAllocated, signed }: PixelFormat): number[] {
  const buffer = Uint8Array.from(cells).buffer
  if (bitsAllocated === 8) return Array.from(signed ? new Int8Array(buffer) : new Uint8Array(buffer))
  return Array.from(signed ? new Int16Array(buffer) : new Uint16Array(buffer))
}

const cellsOf = (bytes: Uint8Array<ArrayBuffer>, { bitsAllocated }: PixelFormat) => {
  const { pixelData } = parseDicomFile(bytes)
  if (pixelData?.kind !== 'native') throw new Error('the sample is compressed')
  return pixelData.bytes.subarray(0, (sampleRows * sampleColumns * bitsAllocated) / 8)
}

const htj2kLossless = '1.2.840.10008.1.2.4.201'

const asHtj2k: Convert = async (bytes, format) =>
  withCodestream(bytes, htj2kLossless, await encodeHtj2k(cellsOf(bytes, format), format))

/** @param more number of extra bits of a value in the codestream */
const asJpeg2000 =
  (more: number): Convert =>
  async (bytes, format) => {
    const codestream = await compressWithOpenJpeg(cellsOf(bytes, format), format.bitsStored + more, format)
    return withCodestream(bytes, '1.2.840.10008.1.2.4.91', codestream)
  }

const rows: readonly Row[] = [
  { name: 'Explicit VR Little Endian', convert: (bytes) => bytes, takes: all, tolerance: 0 },
  {
    name: 'Implicit VR Little Endian',
    convert: by('dcmconv', '+ti'),
    takes: all,
    tolerance: 0,
  },
  { name: 'Explicit VR Big Endian', convert: by('dcmconv', '+tb'), takes: all, tolerance: 0 },
  { name: 'Deflated', convert: by('dcmconv', '+td'), takes: all, tolerance: 0 },
  { name: 'without meta header', convert: by('dcmconv', '-F'), takes: all, tolerance: 0 },
  { name: 'RLE (DCMTK)', convert: by('dcmcrle'), takes: all, tolerance: 0 },
  {
    name: 'RLE (GDCM)',
    convert: by('gdcmconv', '--rle'),
    takes: wordsAtBottom,
    tolerance: 0,
  },
  {
    name: 'JPEG Baseline',
    convert: by('dcmcjpeg', '+eb', '+q', '95'),
    takes: eightBit,
    tolerance: 0.05,
    oracle: dcmdjpeg,
  },
  {
    name: 'JPEG Extended',
    convert: by('dcmcjpeg', '+ee', '+q', '95'),
    takes: eightOr12Bit,
    tolerance: 0.05,
    oracle: dcmdjpeg,
  },
  {
    name: 'JPEG Spectral Selection',
    convert: by('dcmcjpeg', '+es', '+q', '95'),
    takes: eightOr12Bit,
    tolerance: 0.05,
    oracle: dcmdjpeg,
  },
  {
    name: 'JPEG Full Progression',
    convert: by('dcmcjpeg', '+ep', '+q', '95'),
    takes: eightOr12Bit,
    tolerance: 0.05,
    oracle: dcmdjpeg,
  },
  {
    name: 'JPEG Lossless SV1 (DCMTK)',
    convert: by('dcmcjpeg', '+e1'),
    takes: unsigned,
    tolerance: 0,
  },
  {
    name: 'JPEG Lossless, predictor 6',
    convert: by('dcmcjpeg', '+el', '+sv', '6'),
    takes: unsigned,
    tolerance: 0,
  },
  {
    name: 'JPEG Lossless SV1 (GDCM)',
    convert: by('gdcmconv', '--jpeg'),
    takes: atBottom,
    tolerance: 0,
  },
  {
    name: 'JPEG-LS (DCMTK)',
    convert: by('dcmcjpls'),
    takes: atBottom,
    tolerance: 0,
  },
  {
    name: 'JPEG-LS in fragments of 1 kB',
    convert: by('dcmcjpls', '+fs', '1'),
    takes: atBottom,
    tolerance: 0,
  },
  { name: 'JPEG-LS (GDCM)', convert: by('gdcmconv', '--jpegls'), takes: atBottom, tolerance: 0 },
  {
    name: 'JPEG-LS near-lossless, 3',
    convert: by('dcmcjpls', '+en', '+md', '3'),
    takes: unsigned,
    tolerance: 3 / 255,
    oracle: dcmdjpls,
  },
  { name: 'JPEG 2000 lossless', convert: by('gdcmconv', '--j2k'), takes: atBottom, tolerance: 0 },
  { name: 'JPEG 2000', convert: asJpeg2000(0), takes: not15Bit, tolerance: 0.05, oracle: openJpeg },
  {
    name: 'JPEG 2000 with 2 extra bits',
    convert: asJpeg2000(2),
    takes: (format) => atBottom(format) && [10, 12, 14].includes(format.bitsStored),
    tolerance: 0.05,
    oracle: openJpeg,
  },
  { name: 'HTJ2K lossless', convert: asHtj2k, takes: atBottom, tolerance: 0 },
]

/**
 * The encoded file as MONOCHROME1, of one that is MONOCHROME2. Encoders copy the attribute and the pixels, and starting
 * one takes most of the time of these tests.
 * @returns undefined if the dataset is deflated
 */
function asMonochrome1(encoded: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const changed = Buffer.from(encoded)
  const at = changed.indexOf('MONOCHROME2')
  if (at < 0) return undefined
  changed.write('MONOCHROME1', at)
  return Uint8Array.from(changed)
}

const nameOf = ({ bitsStored, signed, highBit }: PixelFormat): string =>
  `${bitsStored}${signed ? ' signed' : ''}${highBit === undefined ? '' : ` at ${highBit}`}`

function cellError(values: ArrayLike<number>, expected: readonly number[]): number {
  expect(values.length).to.equal(expected.length)
  return expected.reduce((worst, value, index) => Math.max(worst, Math.abs(value - values[index]!)), 0)
}

/** The P-values of the values over their full range. */
function shownValues(values: ArrayLike<number>, inverted: boolean): number[] {
  const all = Array.from(values)
  const [least, most] = [Math.min(...all), Math.max(...all)]
  return all.map((value) => {
    const share = (value - least) / (most - least)
    return Math.round((inverted ? 1 - share : share) * 65535)
  })
}

describe('decoding: transfer syntax x bits stored x photometric interpretation', function () {
  this.timeout(60_000)
  const table = new Map<string, string[]>()

  after(() => {
    const cells = (name: string, values: readonly string[]) =>
      `    ${name.padEnd(31)}${values.map((value) => value.padStart(14)).join('')}`
    const lines = [...table].map(([name, values]) => cells(name, values))
    process.stdout.write(`\n${cells('worst error, both photometric', formats.map(nameOf))}\n${lines.join('\n')}\n\n`)
  })

  for (const { name, convert, takes, tolerance, oracle } of rows) {
    it(`${name}: ${tolerance === 0 ? 'decodes every value exactly' : 'equals the other decoder, within the tolerance'}`, async () => {
      const row: string[] = []
      for (const format of formats) {
        if (!takes(format)) {
          row.push('-')
          continue
        }
        const errors: number[] = []
        const expected = sampleValues(format)
        const encode = (PhotometricInterpretation: string) =>
          convert(sampleFile(format, { PhotometricInterpretation }), format)
        const monochrome2 = await encode('MONOCHROME2')
        const reference = oracle && Array.from(await oracle(monochrome2, format))
        for (const PhotometricInterpretation of photometricInterpretations) {
          const where = `${nameOf(format)} ${PhotometricInterpretation}`
          // Both come from the encoder in the first format that it accepts.
          const derived = row.every((cell) => cell === '-') ? undefined : asMonochrome1(monochrome2)
          const encoded =
            PhotometricInterpretation === 'MONOCHROME2' ? monochrome2 : (derived ?? (await encode('MONOCHROME1')))
          const file = parseDicomFile(encoded)
          const frame = await decodeFrame(file)
          const worst = cellError(frame.samples, expected)
          expect(worst, where).to.be.at.most(tolerance * 2 ** format.bitsStored)
          if (reference !== undefined) {
            expect(cellError(frame.samples, reference), `${where}, against the other decoder`).to.equal(0)
          }
          const shown = toRadiograph(frame, file.dataset).samples
          const inverted = PhotometricInterpretation === 'MONOCHROME1'
          expect(cellError(shown, shownValues(frame.samples, inverted)), `${where}, shown`).to.be.at.most(1)
          errors.push(worst)
        }
        const worst = Math.max(...errors)
        row.push(worst === 0 ? 'exact' : `±${worst}`)
      }
      table.set(name, row)
    })
  }
})
