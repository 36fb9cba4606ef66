import { expect } from 'chai'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { toRadiograph } from '../../src/pixels/display.ts'
import { sampleFile } from './sample-images.ts'

/** The P-values of stored values, as shares of white. */
function shown(
  values: readonly number[],
  tags: Readonly<Record<string, unknown>>,
  bitsStored = 12,
  elements: DicomDataset = {},
): readonly number[] {
  const { dataset } = parseDicomFile(sampleFile({ bitsAllocated: 16, bitsStored, signed: false }, tags))
  const frame = { rows: 1, columns: values.length, bitsStored, signed: false, samples: Uint16Array.from(values) }
  return [...toRadiograph(frame, { ...dataset, ...elements }).samples].map((sample) => sample / 65535)
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).to.equal(expected.length)
  for (const [index, value] of expected.entries()) expect(found[index]).to.be.closeTo(value, 1 / 65535)
}

/** LUT Data as dcmjs writes it: 16-bit words. */
const words = (...values: readonly number[]) => [Uint16Array.from(values).buffer]
const lutVrs = { LUTDescriptor: 'US', LUTData: 'OW' }

describe('the display of unusual images', () => {
  it('shows one gray everywhere as black, or inverted as white, and a narrow exact window as a step', () => {
    expectClose(shown([700, 700], {}), [0, 0])
    expectClose(shown([700, 700], { PhotometricInterpretation: 'MONOCHROME1' }), [1, 1])
    const narrow = { WindowCenter: '100', WindowWidth: '0.5', VOILUTFunction: 'LINEAR_EXACT' }
    expectClose(shown([99, 100, 101, 500], narrow), [0, 0.5, 1, 1])
  })

  it('reads a table of 65536 entries, whose number does not fit into 16 bits', () => {
    const LUTData = Uint16Array.from({ length: 65536 }, (_, index) => 65535 - index).buffer
    const VOILUTSequence = [{ LUTDescriptor: [0, 0, 16], LUTData: [LUTData], _vrMap: lutVrs }]
    expectClose(shown([0, 16384, 65535], { VOILUTSequence }, 16), [1, 1 - 16384 / 65535, 0])
  })

  for (const [tags, reason] of [
    [
      { VOILUTSequence: [{ LUTDescriptor: [3, 0], LUTData: words(1, 2, 3), _vrMap: lutVrs }] },
      'LUTDescriptor is not three numbers with',
    ],
    [
      { VOILUTSequence: [{ LUTDescriptor: [3, 0, 17], LUTData: words(1, 2, 3), _vrMap: lutVrs }] },
      'LUTDescriptor is not three numbers',
    ],
    [
      { VOILUTSequence: [{ LUTDescriptor: [3, 0, 7], LUTData: words(1, 2, 3), _vrMap: lutVrs }] },
      'LUTDescriptor is not three numbers',
    ],
    [
      { VOILUTSequence: [{ LUTDescriptor: [9, 0, 16], LUTData: words(1, 2, 3), _vrMap: lutVrs }] },
      'LUTData holds 6 entries instead of 9',
    ],
    [{ VOILUTSequence: [{ LUTDescriptor: [3, 0, 16], _vrMap: { LUTDescriptor: 'US' } }] }, 'LUTData is missing'],
    [{ RescaleSlope: '0', RescaleIntercept: '0' }, 'RescaleSlope is 0'],
    [
      { WindowCenter: '1', WindowWidth: '9', VOILUTFunction: 'CUBIC' },
      'VOILUTFunction is not LINEAR, LINEAR_EXACT or SIGMOID',
    ],
  ] as readonly (readonly [Record<string, unknown>, string])[]) {
    it(`says why an image cannot be displayed: ${reason}`, () => {
      expect(() => shown([1], tags)).to.throw(reason)
    })
  }

  for (const [tag, keyword] of [
    ['00281053', 'RescaleSlope'],
    ['00281052', 'RescaleIntercept'],
    ['00281050', 'WindowCenter'],
    ['00281051', 'WindowWidth'],
  ] as const) {
    it(`rejects a ${keyword} that is not a number`, () => {
      const element = { [tag]: { vr: 'DS', Value: ['x'] } }
      expect(() => shown([1], { WindowCenter: '1', WindowWidth: '9' }, 12, element)).to.throw(
        `${keyword} is not a number`,
      )
    })
  }
})
