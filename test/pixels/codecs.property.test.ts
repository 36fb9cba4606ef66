import { expect } from 'chai'
import fc from 'fast-check'
import { type DicomFile, parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { TriageError } from '../../src/errors/triage-error.ts'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { pixelFormats, storedImages } from './arbitrary-images.ts'
import { encodeHtj2k, withCodestream } from './jpeg2000-programs.ts'
import { type PixelFormat, type StoredImage, cellsOfValues, convertWith, fileOfValues } from './sample-images.ts'

interface Encoder {
  readonly name: string
  readonly encode: (image: StoredImage) => Promise<Uint8Array<ArrayBuffer>>
  readonly takes: (format: PixelFormat) => boolean
  /** Whether rows and columns are in the codestream, and not just their product. */
  readonly hasSides: boolean
  /** Least and greatest side that the encoder is given. */
  readonly sides?: readonly [least: number, most: number]
}

const by =
  (command: string, ...options: string[]): Encoder['encode'] =>
  (image) =>
    convertWith(fileOfValues(image), command, ...options)

const atBottom = ({ highBit }: PixelFormat) => highBit === undefined
const unsigned = (format: PixelFormat) => atBottom(format) && !format.signed

const asHtj2k: Encoder['encode'] = async (image) => {
  const { format, rows, columns, values } = image
  // The encoder takes bytes for up to 8 bits.
  const cells = cellsOfValues(format.bitsStored <= 8 ? { ...format, bitsAllocated: 8 } : format, values)
  const codestream = await encodeHtj2k(cells, format, { width: columns, height: rows })
  return withCodestream(fileOfValues(image), '1.2.840.10008.1.2.4.201', codestream)
}

/** GDCM's encoder of JPEG 2000 fails on images of fewer than 32 pixels a side. */
const encoders: readonly Encoder[] = [
  { name: 'RLE', encode: by('dcmcrle'), takes: () => true, hasSides: false },
  { name: 'JPEG Lossless SV1', encode: by('dcmcjpeg', '+e1'), takes: unsigned, hasSides: true },
  { name: 'JPEG Lossless, predictor 4', encode: by('dcmcjpeg', '+el', '+sv', '4'), takes: unsigned, hasSides: true },
  { name: 'JPEG-LS', encode: by('dcmcjpls'), takes: atBottom, hasSides: true },
  { name: 'JPEG 2000', encode: by('gdcmconv', '--j2k'), takes: atBottom, hasSides: true, sides: [33, 40] },
  { name: 'HTJ2K', encode: asHtj2k, takes: atBottom, hasSides: true },
]

/** A failure is reported as it was drawn: shrinking starts encoders hundreds of times. */
const few = { numRuns: 5, endOnFailure: true } as const

async function outcomeOf(file: DicomFile): Promise<string> {
  try {
    const { rows, columns } = await decodeFrame(file)
    return `decoded ${rows} x ${columns}`
  } catch (error) {
    if (error instanceof TriageError) return error.code
    throw error
  }
}

function codestreamOf({ pixelData }: DicomFile): Uint8Array {
  if (pixelData?.kind !== 'encapsulated') throw new Error('not compressed')
  return Buffer.concat(pixelData.fragments)
}

const withHeader = (file: DicomFile, numbers: Readonly<Record<string, number>>): DicomFile => ({
  ...file,
  dataset: {
    ...file.dataset,
    ...Object.fromEntries(Object.entries(numbers).map(([tag, value]) => [tag, { vr: 'US', Value: [value] }])),
  },
})
const [rowsTag, columnsTag, allocatedTag, storedTag, highBitTag, signedTag] = [
  '00280010',
  '00280011',
  '00280100',
  '00280101',
  '00280102',
  '00280103',
] as const

/** Bits of a value in a JPEG Lossless or JPEG-LS codestream, which does not know a sign. */
function jpegPrecision(codestream: Uint8Array): number | undefined {
  const frame = codestream.findIndex((byte, at) => byte === 0xff && [0xc3, 0xf7].includes(codestream[at + 1]!))
  return codestream[0] === 0xff && codestream[1] === 0xd8 ? codestream[frame + 4] : undefined
}

/** Headers that claim another image than the codestream holds. */
function contradictions({ format, rows, columns }: StoredImage, { hasSides }: Encoder, codestream: Uint8Array) {
  const precision = jpegPrecision(codestream)
  const { bitsStored } = format
  return {
    'one row more': { [rowsTag]: rows + 1 },
    ...(rows > 1 && { 'one row less': { [rowsTag]: rows - 1 } }),
    'one column more': { [columnsTag]: columns + 1 },
    ...(columns > 1 && { 'one column less': { [columnsTag]: columns - 1 } }),
    ...(hasSides && { 'rows and columns swapped': { [rowsTag]: columns, [columnsTag]: rows } }),
    ...(bitsStored > 8 && { '8 bits': { [allocatedTag]: 8, [storedTag]: 8, [highBitTag]: 7 } }),
    // Without the sign bit, negative values would be positive.
    ...(precision !== undefined &&
      precision < 16 && {
        'signed values of more bits': {
          [allocatedTag]: 16,
          [storedTag]: precision + 1,
          [highBitTag]: precision,
          [signedTag]: 1,
        },
      }),
  }
}

function imagesFor({ takes, sides: [least, most] = [1, 9] }: Encoder, formats = pixelFormats.filter(takes)) {
  return storedImages(formats, most, least)
}

/** A header of signed values with a bit more than the codestream, which has a sign of its own. */
const withOneBitMore = (file: DicomFile, { bitsStored }: PixelFormat): DicomFile =>
  withHeader(file, { [allocatedTag]: 16, [storedTag]: bitsStored + 1, [highBitTag]: bitsStored })

describe('any small image in a lossless codec', function () {
  this.timeout(60_000)

  for (const encoder of encoders) {
    const images = imagesFor(encoder)

    it(`is decoded to its values, and is an error if its header disagrees: ${encoder.name}`, () =>
      fc.assert(
        fc.asyncProperty(images, async (image) => {
          const file = parseDicomFile(await encoder.encode(image))
          expect(file.pixelData?.kind).to.equal('encapsulated')
          const { samples, rows, columns } = await decodeFrame(file)
          expect({ rows, columns }).to.deep.equal({ rows: image.rows, columns: image.columns })
          expect([...samples]).to.deep.equal(image.values)
          for (const [what, header] of Object.entries(contradictions(image, encoder, codestreamOf(file)))) {
            expect(await outcomeOf(withHeader(file, header)), what).to.equal('PIXELS_DECODING_FAILED')
          }
        }),
        few,
      ))

    const of8Bits = pixelFormats.filter((format) => encoder.takes(format) && format.bitsAllocated === 8)
    if (encoder.hasSides)
      it(`is decoded to its values if they have 8 bits and its header has 16: ${encoder.name}`, () =>
        fc.assert(
          fc.asyncProperty(imagesFor(encoder, of8Bits), async (image) => {
            const file = parseDicomFile(await encoder.encode(image))
            const cells = await decodeFrame(withHeader(file, { [allocatedTag]: 16 }))
            expect([...cells.samples]).to.deep.equal(image.values)
            const more = withHeader(file, { [allocatedTag]: 16, [storedTag]: 12, [highBitTag]: 11 })
            // Negative values would be lost, or are: with a sign, the frame is refused.
            if (image.format.signed) expect(await outcomeOf(more)).to.match(/^PIXELS_(DECODING_FAILED|WRONG_LENGTH)$/)
            else expect([...(await decodeFrame(more)).samples]).to.deep.equal(image.values)
          }),
          few,
        ))

    it(`is an error, not part of a picture, if it is cut anywhere: ${encoder.name}`, () =>
      fc.assert(
        fc.asyncProperty(
          images,
          fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
          async (image, places) => {
            const file = parseDicomFile(await encoder.encode(image))
            const whole = codestreamOf(file)
            for (const place of places) {
              // The last bytes may be padding and the marker of the end.
              const cut = Uint8Array.from(whole.subarray(0, Math.floor(place * (whole.length - 3))))
              const outcome = await outcomeOf({ ...file, pixelData: { kind: 'encapsulated', fragments: [cut] } })
              expect(outcome, `${cut.length} of ${whole.length} bytes`).to.equal('PIXELS_DECODING_FAILED')
            }
          },
        ),
        few,
      ))
  }

  for (const encoder of encoders.filter(({ name }) => name.endsWith('2000') || name === 'HTJ2K')) {
    const formats = pixelFormats.filter(
      (format) => encoder.takes(format) && format.signed && format.bitsStored > 8 && format.bitsStored < 16,
    )
    it(`keeps negative values if its header has more bits: ${encoder.name}`, () =>
      fc.assert(
        fc.asyncProperty(imagesFor(encoder, formats), async (image) => {
          const file = parseDicomFile(await encoder.encode(image))
          const { samples } = await decodeFrame(withOneBitMore(file, image.format))
          expect([...samples]).to.deep.equal(image.values)
        }),
        few,
      ))
  }
})
