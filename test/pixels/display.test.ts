import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { toRadiograph } from '../../src/pixels/display.ts'
import { shownByDcmtk } from './dcmtk-display.ts'
import { convertWith, type PixelFormat, sampleFile } from './sample-images.ts'

const format: PixelFormat = { bitsAllocated: 16, bitsStored: 12, signed: false }
const signed: PixelFormat = { ...format, signed: true }

/** The P-values of stored values, as shares of white. */
function shown(
  values: readonly number[],
  tags: Record<string, unknown>,
  pixels = format,
  elements: DicomDataset = {},
): number[] {
  const dataset = { ...parseDicomFile(sampleFile(pixels, tags)).dataset, ...elements }
  const samples = pixels.signed ? Int16Array.from(values) : Uint16Array.from(values)
  const { bitsStored, signed: isSigned } = pixels
  const frame = { rows: 1, columns: values.length, bitsStored, signed: isSigned, samples }
  return [...toRadiograph(frame, dataset).samples].map((sample) => sample / 65535)
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).to.equal(expected.length)
  for (const [index, value] of expected.entries()) expect(found[index]).to.be.closeTo(value, 1 / 65535)
}

/** dcmjs would write a table with VR UN, which DCMTK does not read. */
const lutVrs = { LUTDescriptor: 'US', LUTData: 'OW' }

function rescale(slope: number, intercept: number): Record<string, string> {
  return { RescaleSlope: String(slope), RescaleIntercept: String(intercept) }
}

describe('the display pipeline', () => {
  it('applies LINEAR, LINEAR_EXACT and SIGMOID windows by their formulas (PS3.3 C.11.2.1.2)', () => {
    const window = { WindowCenter: '2048', WindowWidth: '1000' }
    expectClose(shown([0, 1548, 2048, 2548, 4095], window), [0, 0, 0.5 / 999 + 0.5, 1, 1])
    expectClose(shown([1548, 2048, 2548], { ...window, VOILUTFunction: 'LINEAR_EXACT' }), [0, 0.5, 1])
    const sigmoid = [1, 0, -1].map((t) => 1 / (1 + Math.exp(2 * t)))
    expectClose(shown([1548, 2048, 2548], { ...window, VOILUTFunction: 'SIGMOID' }), sigmoid)
  })

  it('treats a window of width 1 as a step', () => {
    expectClose(shown([99, 100], { WindowCenter: '100', WindowWidth: '1' }), [0, 1])
  })

  it('shows the full range if the window width is not valid for the function', () => {
    for (const [VOILUTFunction, width] of [
      ['LINEAR', '0'],
      ['LINEAR', '0.5'],
      ['LINEAR', '-100'],
      ['LINEAR_EXACT', '0'],
      ['SIGMOID', '0'],
    ] as const) {
      const tags = { WindowCenter: '100', WindowWidth: width, VOILUTFunction }
      expectClose(shown([100, 300, 500], tags), [0, 0.5, 1])
    }
  })

  it('uses the first of several windows', () => {
    const several = { WindowCenter: ['100', '3000'], WindowWidth: ['201', '11'] }
    expectClose(shown([0, 200], several), [0.5 - 99.5 / 200, 1])
  })

  it('rescales before the window, including with a negative slope', () => {
    const tags = { RescaleSlope: '-2', RescaleIntercept: '100', WindowCenter: '50', WindowWidth: '101' }
    expectClose(shown([0, 25, 50], tags), [1, 0.5 + 0.5 / 100, 0.5 - 49.5 / 100])
  })

  it('shows the full range without padding if there is no window', () => {
    expectClose(shown([100, 300, 500], {}), [0, 0.5, 1])
    expectClose(shown([0, 100, 300, 500], { PixelPaddingValue: 0 }), [0, 0, 0.5, 1])
    const range = { PixelPaddingValue: 4000, PixelPaddingRangeLimit: 4095 }
    expectClose(shown([100, 300, 500, 4001], range), [0, 0.5, 1, 1])
    expectClose(shown([-100, 0, 100], {}, signed), [0, 0.5, 1])
  })

  it('inverts last and once: MONOCHROME1, Presentation LUT Shape INVERSE, and both', () => {
    for (const tags of [
      { PhotometricInterpretation: 'MONOCHROME1' },
      { PresentationLUTShape: 'INVERSE' },
      { PhotometricInterpretation: 'MONOCHROME1', PresentationLUTShape: 'INVERSE' },
    ]) {
      expectClose(shown([0, 1000, 4000], tags), [1, 0.75, 0])
    }
  })

  it('uses a VOI LUT Sequence before a window', () => {
    const VOILUTSequence = [{ LUTDescriptor: [4, 10, 8], LUTData: words(0, 51, 102, 255) }]
    const tags = { VOILUTSequence, WindowCenter: '2000', WindowWidth: '10' }
    expectClose(shown([0, 10, 11, 12, 13, 99], tags), [0, 0, 0.2, 0.4, 1, 1])
  })

  it('applies a Modality LUT Sequence, then the window', () => {
    const ModalityLUTSequence = [{ LUTDescriptor: [3, 0, 16], LUTData: words(1000, 2000, 3000), ModalityLUTType: 'US' }]
    expectClose(shown([0, 1, 2, 9], { ModalityLUTSequence, VOILUTFunction: 'LINEAR' }), [0, 0.5, 1, 1])
  })

  const words16: PixelFormat = { ...format, bitsStored: 16 }
  const signedWords: PixelFormat = { ...words16, signed: true }
  const brightens = (tag: string, first: number, tags: Record<string, unknown> = {}) => ({
    [tag]: [{ LUTDescriptor: [3, first, 8], LUTData: words(0, 51, 255), ModalityLUTType: 'US', _vrMap: lutVrs }],
    ...tags,
  })
  const voiInputs: readonly { name: string; tags?: Record<string, unknown>; pixels: PixelFormat; at40000: number }[] = [
    { name: 'unsigned pixels', pixels: words16, at40000: 40000 },
    { name: 'unsigned pixels rescaled to positive values', tags: rescale(1, 5000), pixels: words16, at40000: 35000 },
    { name: 'unsigned pixels rescaled below 0', tags: rescale(1, -30000), pixels: words16, at40000: 4464 },
    { name: 'unsigned pixels with a negative slope', tags: rescale(-1, 0), pixels: words16, at40000: 25536 },
    { name: 'signed pixels', pixels: signedWords, at40000: -25536 },
    { name: 'signed pixels rescaled to positive values', tags: rescale(1, 32768), pixels: signedWords, at40000: 7232 },
    { name: 'signed pixels with a negative slope', tags: rescale(-1, 0), pixels: signedWords, at40000: 25536 },
  ]
  for (const { name, tags, pixels, at40000 } of voiInputs) {
    it(`takes the sign of a VOI LUT's first mapped value from its input values: ${name}`, () => {
      const step = tags?.['RescaleSlope'] === '-1' ? -1 : 1
      const values = [at40000 - step, at40000, at40000 + step, at40000 + 2 * step]
      expectClose(shown(values, brightens('VOILUTSequence', 40000, tags), pixels), [0, 0, 0.2, 1])
    })
  }

  it("takes the sign of a VOI LUT's first mapped value from a modality LUT, which gives positive values", () => {
    const modality = [
      { LUTDescriptor: [3, 0, 16], LUTData: words(40000, 40001, 40002), ModalityLUTType: 'US', _vrMap: lutVrs },
    ]
    const tags = brightens('VOILUTSequence', 40000, { ModalityLUTSequence: modality })
    for (const pixels of [words16, signedWords]) expectClose(shown([0, 1, 2], tags, pixels), [0, 0.2, 1])
  })

  it("takes the sign of a modality LUT's first mapped value from the pixels", () => {
    const tags = brightens('ModalityLUTSequence', 40000, { WindowCenter: '128', WindowWidth: '256' })
    expectClose(shown([39999, 40000, 40001, 40002], tags, words16), [0, 0, 0.2, 1])
    expectClose(shown([-25537, -25536, -25535, -25534], tags, signedWords), [0, 0, 0.2, 1])
  })

  it('takes the sign of the padding from the pixels, whatever its VR', () => {
    const padded = (vr: string, padding: number, limit: number) => ({
      '00280120': { vr, Value: [padding] },
      '00280121': { vr, Value: [limit] },
    })
    expectClose(shown([-2048, -2040, 0, 100, 200], {}, signed, padded('US', 63488, 63496)), [0, 0, 0, 0.5, 1])
    expectClose(shown([100, 200, 300, 65500, 65535], {}, words16, padded('SS', -1, -36)), [0, 0.5, 1, 1, 1])
  })

  it('rejects invalid numbers and unknown VOI LUT Functions', () => {
    for (const tags of [
      { RescaleSlope: '0', RescaleIntercept: '0' },
      { WindowCenter: '1', WindowWidth: '9', VOILUTFunction: 'CUBIC' },
    ]) {
      expect(codeOf(() => shown([1], tags))).to.equal('PIXELS_ATTRIBUTE_INVALID')
    }
  })

  const generated: readonly { name: string; tags: Record<string, unknown>; pixels: PixelFormat; tolerance?: number }[] =
    [
      { name: 'a window', tags: { WindowCenter: '1800', WindowWidth: '2200' }, pixels: format },
      {
        name: 'the first of two windows',
        tags: { WindowCenter: ['900', '3000'], WindowWidth: ['700', '9'] },
        pixels: format,
      },
      { name: 'a window of width 1', tags: { WindowCenter: '1800', WindowWidth: '1' }, pixels: format },
      {
        name: 'a window on rescaled values',
        tags: { RescaleSlope: '2', RescaleIntercept: '-1000', WindowCenter: '3000', WindowWidth: '4000' },
        pixels: format,
      },
      {
        name: 'a negative slope',
        tags: { RescaleSlope: '-1', RescaleIntercept: '4095', WindowCenter: '1500', WindowWidth: '1000' },
        pixels: format,
      },
      { name: 'a window on signed values', tags: { WindowCenter: '-100', WindowWidth: '3000' }, pixels: signed },
      {
        name: 'a SIGMOID',
        tags: { WindowCenter: '1800', WindowWidth: '2200', VOILUTFunction: 'SIGMOID' },
        pixels: format,
      },
      {
        name: 'MONOCHROME1',
        tags: { WindowCenter: '1800', WindowWidth: '2200', PhotometricInterpretation: 'MONOCHROME1' },
        pixels: format,
      },
      {
        name: 'a VOI LUT of 16 bits',
        tags: {
          VOILUTSequence: [{ LUTDescriptor: [4, 1000, 16], LUTData: words(0, 9000, 40000, 65535), _vrMap: lutVrs }],
        },
        pixels: format,
      },
      {
        name: 'a VOI LUT of 8 bits',
        tags: { VOILUTSequence: [{ LUTDescriptor: [4, 1000, 8], LUTData: words(0, 51, 102, 255), _vrMap: lutVrs }] },
        pixels: format,
        // DCMTK appends eight zero bits to such an entry, so its white is 65280.
        tolerance: 255,
      },
      {
        name: 'a modality LUT',
        tags: {
          ModalityLUTSequence: [
            { LUTDescriptor: [4, 2000, 16], LUTData: words(0, 900, 2000, 3000), ModalityLUTType: 'US', _vrMap: lutVrs },
          ],
          WindowCenter: '1500',
          WindowWidth: '2000',
        },
        pixels: format,
      },
    ]
  for (const { name, tags, pixels, tolerance = 1 } of generated) {
    it(`agrees with DCMTK to ${tolerance} of 65535: ${name}`, () => {
      const bytes = sampleFile(pixels, tags)
      return expectAsDcmtk(bytes, bytes, tolerance)
    })
  }

  const shared = '../shared/data/dicom'
  for (const name of [
    'projection/CR-MONO1-10-chest.dcm',
    'projection/RG1_JLSN',
    'projection/RG2_J2KR',
    'projection/RG3_RLE',
    'lut/CR-ModalitySequenceLUT.dcm',
    'lut/mlut_18.dcm',
    'lut/vlut_04.dcm',
  ]) {
    it(`agrees with GDCM's codecs and DCMTK's display on a real file: ${name}`, async function () {
      if (!existsSync(shared)) this.skip()
      this.timeout(60_000)
      const bytes = new Uint8Array(readFileSync(`${shared}/${name}`))
      await expectAsDcmtk(bytes, await convertWith(bytes, 'gdcmconv', '--raw'), 1)
    })
  }

  it('keeps the size of the image', async () => {
    const frame = await decodeFrame(parseDicomFile(sampleFile(format)))
    expect(toRadiograph(frame, {})).to.include({ width: frame.columns, height: frame.rows })
  })
})

function codeOf(run: () => unknown): string {
  try {
    run()
    return 'no error'
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** LUT Data as dcmjs writes it: 16-bit words. */
function words(...values: number[]): ArrayBuffer[] {
  return [Uint16Array.from(values).buffer]
}

/** @param uncompressed the same file in a form that DCMTK can read */
async function expectAsDcmtk(
  bytes: Uint8Array<ArrayBuffer>,
  uncompressed: Uint8Array<ArrayBuffer>,
  tolerance: number,
): Promise<void> {
  const file = parseDicomFile(bytes)
  const ours = toRadiograph(await decodeFrame(file), file.dataset).samples
  const { '00283010': voiLut, '00281050': windowCenter } = file.dataset
  const shownBy = voiLut?.Value ? ['+Wl', '1'] : windowCenter?.Value ? ['+Wi', '1'] : ['+Wm']
  const reference = await shownByDcmtk(uncompressed, shownBy)
  expect(reference.length).to.equal(ours.length)
  let worst = 0
  for (let i = 0; i < ours.length; i++) worst = Math.max(worst, Math.abs(ours[i]! - reference[i]!))
  // DCMTK truncates and we round.
  expect(worst).to.be.at.most(tolerance)
}
