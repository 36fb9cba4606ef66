import { expect } from 'chai'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { TriageError } from '../../src/errors/triage-error.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'

const sample = childChestRadiograph({ rows: 8, columns: 6, tags: { PatientOrientation: ['L', 'F'], ProtocolName: '' } })
const { dataset } = parseDicomFile(sample.bytes)

describe('an image header', () => {
  it("holds the file's attributes; empty and absent ones are undefined", () => {
    expect(readImageHeader(dataset)).to.include({
      sopClassUid: sample.sopClassUid,
      sopInstanceUid: sample.sopInstanceUid,
      seriesInstanceUid: sample.seriesInstanceUid,
      studyInstanceUid: sample.studyInstanceUid,
      modality: 'CR',
      viewPosition: 'AP',
      bodyPartExamined: 'CHEST',
      studyDate: '20240301',
      rows: 8,
      columns: 6,
      numberOfFrames: 1,
      protocolName: undefined,
      viewCode: undefined,
    })
    expect(readImageHeader(dataset).patientOrientation).to.deep.equal(['L', 'F'])
  })

  it('holds codes with empty parts, and none of an item without a code', () => {
    const viewOf = (item: DicomDataset) =>
      readImageHeader({ ...dataset, '00540220': { vr: 'SQ', Value: [item] } }).viewCode
    const value = { '00080100': { vr: 'SH', Value: ['399348003'] } }
    const named = { '00080102': { vr: 'SH', Value: ['SCT'] }, '00080104': { vr: 'LO', Value: ['antero-posterior'] } }
    expect(viewOf({ ...value, ...named })).to.deep.equal({
      value: '399348003',
      scheme: 'SCT',
      meaning: 'antero-posterior',
    })
    expect(viewOf(value)).to.deep.equal({ value: '399348003', scheme: '', meaning: '' })
    expect(viewOf(named)).to.equal(undefined)
  })

  it("is the same from an archive's JSON with numbers as text and padded UIDs", () => {
    const archived = {
      ...dataset,
      '00280008': { vr: 'IS', Value: ['1'] },
      '00080018': { vr: 'UI', Value: [`${sample.sopInstanceUid}\0`] },
    }
    expect(readImageHeader(archived)).to.deep.equal(readImageHeader(dataset))
  })

  for (const [keyword, tag] of [
    ['SOPClassUID', '00080016'],
    ['SOPInstanceUID', '00080018'],
    ['SeriesInstanceUID', '0020000E'],
    ['StudyInstanceUID', '0020000D'],
  ] as const) {
    for (const value of [undefined, '', '1.2/../../admin', '1'.repeat(65)]) {
      it(`is rejected without a valid ${keyword} (${value ?? 'absent'}), which the error names`, () => {
        const element = value === undefined ? { vr: 'UI' } : { vr: 'UI', Value: [value] }
        expect(() => readImageHeader({ ...dataset, [tag]: element }))
          .to.throw(TriageError, keyword)
          .with.property('code', 'INTAKE_HEADER_INCOMPLETE')
      })
    }
    it(`is rejected with several values of ${keyword}`, () => {
      for (const Value of [
        ['1.2', '1.3'],
        [null, '1.3'],
      ])
        expect(() => readImageHeader({ ...dataset, [tag]: { vr: 'UI', Value } })).to.throw(TriageError, keyword)
    })
  }
})
