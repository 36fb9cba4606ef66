import { expect } from 'chai'
import type { DicomFile } from '../../src/dicom/dicom-file.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { displayDigest } from '../../src/pixels/display-digest.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'

const native = parseDicomFile(childChestRadiograph().bytes)
const pixels = Uint8Array.of(1, 2, 3, 4)
const parts = (...fragments: readonly Uint8Array[]): DicomFile => ({
  ...native,
  pixelData: { kind: 'encapsulated', fragments },
})

function withTag(tag: string, vr: string, ...Value: readonly unknown[]): DicomFile {
  return { ...native, dataset: { ...native.dataset, [tag]: { vr, Value } } }
}

/** A look-up table of three bytes, as dcmjs reads it. */
const table = (last: number) =>
  withTag('00283010', 'SQ', { '00283006': { vr: 'OW', Value: [Uint8Array.of(1, 2, last).buffer] } })

describe('the digest of what an image shows', () => {
  it('is the same for the same file, whosever it is and whatever it is called', () => {
    const other = childChestRadiograph({
      tags: { PatientID: 'OTHER', PatientName: 'Other^Child', StudyDescription: 'x' },
    })
    expect(displayDigest(parseDicomFile(other.bytes))).to.equal(displayDigest(native))
    expect(displayDigest(native)).to.match(/^[0-9a-f]{64}$/)
  })

  for (const [what, file] of Object.entries<DicomFile>({
    'no pixel data': { ...native, pixelData: undefined },
    'other pixels': { ...native, pixelData: { kind: 'native', bytes: pixels, vr: 'OW' } },
    'another transfer syntax': { ...native, transferSyntaxUid: '1.2.840.10008.1.2' },
    'a window': withTag('00281050', 'DS', 1000),
    'another number of rows': withTag('00280010', 'US', 63),
    'an inversion': withTag('00280004', 'CS', 'MONOCHROME1'),
    'a presentation look-up table': withTag('20500020', 'CS', 'INVERSE'),
    'a shutter': withTag('00181600', 'CS', 'RECTANGULAR'),
    'a collimator': withTag('00181700', 'CS', 'RECTANGULAR'),
    'a spacing at the detector': withTag('00181164', 'DS', 0.15, 0.15),
    'another orientation': withTag('00200020', 'CS', 'R', 'F'),
    'a look-up table': table(3),
  }))
    it(`differs for ${what}`, () => {
      expect(displayDigest(file)).to.not.equal(displayDigest(native))
    })

  it('depends on the values of a look-up table', () => {
    expect(displayDigest(table(3))).to.equal(displayDigest(table(3)))
    expect(displayDigest(table(4))).to.not.equal(displayDigest(table(3)))
  })

  it('depends on every fragment and on where it ends', () => {
    const whole = displayDigest(parts(pixels))
    expect(displayDigest(parts(pixels, pixels))).to.not.equal(whole)
    expect(displayDigest(parts(pixels.subarray(0, 2), pixels.subarray(2)))).to.not.equal(whole)
    expect(displayDigest(parts(pixels.slice()))).to.equal(whole)
  })
})
