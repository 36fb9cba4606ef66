import { expect } from 'chai'
import fc from 'fast-check'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { toRadiograph } from '../../src/pixels/display.ts'
import { pixelFormats, storedImages, valueRange } from './arbitrary-images.ts'
import { shownByDcmtk } from './dcmtk-display.ts'
import { type StoredImage, fileOfValues } from './sample-images.ts'

type Tags = Readonly<Record<string, unknown>>

/** What a file shows, and how DCMTK is told to show it. */
interface Case {
  readonly image: StoredImage
  readonly tags: Tags
  /** Attributes in which DCMTK's file differs, because it does not know ours. */
  readonly dcmtkTags?: Tags
  readonly options: readonly string[]
  /** From DCMTK's gray, which has 16 bits, to ours. */
  readonly expected?: (gray: number) => number
}

const white = 65535

async function shownByUs(bytes: Uint8Array<ArrayBuffer>): Promise<readonly number[]> {
  const file = parseDicomFile(bytes)
  return [...toRadiograph(await decodeFrame(file), file.dataset).samples]
}

/** DCMTK truncates to whole grays and we round, so that one gray between them is no difference. */
async function expectAsDcmtk({ image, tags, dcmtkTags = tags, options, expected = (gray) => gray }: Case) {
  const ours = await shownByUs(fileOfValues(image, tags))
  const theirs = (await shownByDcmtk(fileOfValues(image, dcmtkTags), options)).map(expected)
  expect(theirs.length, 'pixels').to.equal(ours.length)
  for (const [index, gray] of theirs.entries()) {
    expect(ours[index], `value ${image.values[index]} of ${JSON.stringify(tags)}`).to.be.closeTo(gray, 1)
  }
}

/** A failure is reported as it was drawn: shrinking starts DCMTK hundreds of times. */
const few = { numRuns: 15, endOnFailure: true } as const

/** Whole numbers, because DCMTK rounds rescaled values to whole numbers before the window. */
const rescales = fc.record({
  RescaleSlope: fc.integer({ min: -3, max: 3 }).filter((slope) => slope !== 0),
  RescaleIntercept: fc.integer({ min: -3000, max: 3000 }),
})
const inversions = fc.constantFrom<Tags>(
  { PhotometricInterpretation: 'MONOCHROME2' },
  { PhotometricInterpretation: 'MONOCHROME1' },
  { PhotometricInterpretation: 'MONOCHROME2', PresentationLUTShape: 'IDENTITY' },
  { PhotometricInterpretation: 'MONOCHROME1', PresentationLUTShape: 'INVERSE' },
)

/** An image with a rescale, a window somewhere in its range, and either polarity. */
const windowed = storedImages(pixelFormats, 9).chain((image) => {
  const { min, max } = valueRange(image.format)
  return fc.record({
    image: fc.constant(image),
    rescale: rescales,
    inversion: inversions,
    middle: fc.integer({ min, max }),
    halves: fc.integer({ min: 0, max: 1 }),
    width: fc.oneof(fc.integer({ min: 2, max: max - min }), fc.constantFrom(1, 2, 3)),
  })
})

const asText = (numbers: Readonly<Record<string, number>>): Tags =>
  Object.fromEntries(Object.entries(numbers).map(([keyword, value]) => [keyword, String(value)]))

type Windowed = typeof windowed extends fc.Arbitrary<infer Drawn> ? Drawn : never

const centerOf = ({ rescale, middle, halves }: Windowed): number =>
  middle * rescale.RescaleSlope + rescale.RescaleIntercept + halves / 2

const windowOf = (drawn: Windowed, center: number, width: number): Tags => ({
  ...drawn.inversion,
  ...asText({ ...drawn.rescale, WindowCenter: center, WindowWidth: width }),
})

/** A table of 8 to 16 bits per entry that begins somewhere in a range of values, often in its upper half. */
const tables = (min: number, max: number) =>
  fc
    .record({
      first: fc.oneof(
        fc.integer({ min, max: max - 1 }),
        fc.integer({ min: Math.round((min + max) / 2), max: max - 1 }),
      ),
      bits: fc.integer({ min: 8, max: 16 }),
      length: fc.integer({ min: 2, max: 300 }),
    })
    .chain(({ first, bits, length }) =>
      fc
        .array(fc.integer({ min: 0, max: 2 ** bits - 1 }), { minLength: length, maxLength: length })
        .map((entries) => ({ first, bits, entries })),
    )

interface Table {
  readonly first: number
  readonly bits: number
  readonly entries: readonly number[]
}

/** A sequence with one lookup table. dcmjs would write it with VR UN, which DCMTK does not read. */
const tableItem = ({ first, bits, entries }: Table, more: Tags = {}) => [
  {
    LUTDescriptor: [entries.length, first, bits],
    LUTData: [Uint16Array.from(entries).buffer],
    ...more,
    _vrMap: { LUTDescriptor: first < 0 ? 'SS' : 'US', LUTData: 'OW' },
  },
]

describe('the display of any image', function () {
  this.timeout(60_000)

  it('agrees with DCMTK on a LINEAR window of rescaled values, signed or not, of either polarity', () =>
    fc.assert(
      fc.asyncProperty(windowed, (drawn) =>
        expectAsDcmtk({
          image: drawn.image,
          tags: windowOf(drawn, centerOf(drawn), drawn.width),
          options: ['+Wi', '1'],
        }),
      ),
      few,
    ))

  it('agrees with DCMTK on a SIGMOID window', () =>
    fc.assert(
      fc.asyncProperty(windowed, (drawn) =>
        expectAsDcmtk({
          image: drawn.image,
          tags: { ...windowOf(drawn, centerOf(drawn), drawn.width), VOILUTFunction: 'SIGMOID' },
          options: ['+Wi', '1'],
        }),
      ),
      few,
    ))

  it('agrees with DCMTK on a LINEAR_EXACT window, as LINEAR with half more in the center and one more in the width', () =>
    fc.assert(
      fc.asyncProperty(windowed, (drawn) =>
        expectAsDcmtk({
          image: drawn.image,
          tags: { ...windowOf(drawn, centerOf(drawn), drawn.width), VOILUTFunction: 'LINEAR_EXACT' },
          // DCMTK 3.6 does not know LINEAR_EXACT. By the formulas of PS3.3 C.11.2.1.2 and C.11.2.1.3.2 this is equal.
          dcmtkTags: windowOf(drawn, centerOf(drawn) + 0.5, drawn.width + 1),
          options: ['+Wi', '1'],
        }),
      ),
      few,
    ))

  it('agrees with DCMTK on the full range if there is no window', () =>
    fc.assert(
      fc.asyncProperty(windowed, ({ image, rescale, inversion }) =>
        expectAsDcmtk({ image, tags: { ...inversion, ...asText(rescale) }, options: ['+Wm'] }),
      ),
      few,
    ))

  const withVoiTable = storedImages(pixelFormats, 9).chain((image) => {
    const { min, max } = valueRange(image.format)
    return fc.record({ image: fc.constant(image), table: tables(min, max), inversion: inversions })
  })
  it('agrees with DCMTK on a VOI lookup table of 8 to 16 bits', () =>
    fc.assert(
      fc.asyncProperty(withVoiTable, ({ image, table, inversion }) => {
        const VOILUTSequence = tableItem(table)
        const inverted = inversion['PhotometricInterpretation'] === 'MONOCHROME1'
        return expectAsDcmtk({
          image,
          tags: { ...inversion, VOILUTSequence },
          dcmtkTags: { VOILUTSequence },
          options: ['+Wl', '1'],
          // DCMTK appends zero bits to an entry of fewer than 16, so that its white is not white; also when it inverts.
          expected: (gray) => {
            const shown = ((gray >> (16 - table.bits)) / (2 ** table.bits - 1)) * white
            return inverted ? white - shown : shown
          },
        })
      }),
      few,
    ))

  const withModalityTable = storedImages(pixelFormats, 9).chain((image) => {
    const { min, max } = valueRange(image.format)
    return tables(min, max).chain((table) =>
      fc.record({
        image: fc.constant(image),
        table: fc.constant(table),
        inversion: inversions,
        center: fc.integer({ min: 0, max: 2 ** table.bits }),
        width: fc.integer({ min: 1, max: 2 ** table.bits }),
      }),
    )
  })
  it('agrees with DCMTK on a window of the values of a modality lookup table', () =>
    fc.assert(
      fc.asyncProperty(withModalityTable, ({ image, table, inversion, center, width }) =>
        expectAsDcmtk({
          image,
          tags: {
            ...inversion,
            ...asText({ WindowCenter: center, WindowWidth: width }),
            ModalityLUTSequence: tableItem(table, { ModalityLUTType: 'US' }),
          },
          options: ['+Wi', '1'],
        }),
      ),
      few,
    ))

  const fractions = storedImages(pixelFormats, 9).chain((image) => {
    const { min, max } = valueRange(image.format)
    const slope = fc.double({ min: 0.01, max: 20, noNaN: true })
    return fc.record({
      image: fc.constant(image),
      slope: fc.tuple(slope, fc.constantFrom(1, -1)).map(([size, sign]) => size * sign),
      intercept: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      center: fc.integer({ min, max }),
      width: fc.integer({ min: 1, max: max - min }),
    })
  })
  it('does not change if values and LINEAR_EXACT window are rescaled alike, and is inverted by a negative slope', () =>
    fc.assert(
      fc.asyncProperty(fractions, async ({ image, slope, intercept, center, width }) => {
        const exact = { VOILUTFunction: 'LINEAR_EXACT' }
        const plain = await shownByUs(
          fileOfValues(image, { ...exact, ...asText({ WindowCenter: center, WindowWidth: width }) }),
        )
        const rescaled = parseDicomFile(fileOfValues(image, exact))
        const elements = {
          '00281053': { vr: 'DS', Value: [slope] },
          '00281052': { vr: 'DS', Value: [intercept] },
          '00281050': { vr: 'DS', Value: [center * slope + intercept] },
          '00281051': { vr: 'DS', Value: [width * Math.abs(slope)] },
        }
        const { samples } = toRadiograph(await decodeFrame(rescaled), { ...rescaled.dataset, ...elements })
        for (const [index, gray] of plain.entries()) {
          expect(samples[index], `value ${image.values[index]}`).to.be.closeTo(slope > 0 ? gray : white - gray, 1)
        }
      }),
    ))

  it('shows the full range of the other values if some are padding, from either end of the padding range', () =>
    fc.assert(
      fc.asyncProperty(
        storedImages(pixelFormats, 9).filter(({ values }) => new Set(values).size > 3),
        fc.nat({ max: 3 }),
        fc.boolean(),
        async (image, count, fromAbove) => {
          const sorted = [...new Set(image.values)].sort((a, b) => a - b)
          const padding = count === 0 ? [] : fromAbove ? sorted.slice(-count) : sorted.slice(0, count)
          const others = sorted.filter((value) => !padding.includes(value))
          const [least, most] = [others[0]!, others.at(-1)!]
          const file = parseDicomFile(fileOfValues(image))
          const elements = padding.length > 0 && {
            '00280120': { vr: 'US', Value: [padding[0]! & 0xffff] },
            '00280121': { vr: 'US', Value: [padding.at(-1)! & 0xffff] },
          }
          const { samples } = toRadiograph(await decodeFrame(file), { ...file.dataset, ...elements })
          for (const [index, value] of image.values.entries()) {
            const share = most > least ? Math.min(Math.max((value - least) / (most - least), 0), 1) : 0
            expect(samples[index], `value ${value}`).to.equal(Math.round(share * white))
          }
        },
      ),
    ))
})
