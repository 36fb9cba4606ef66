import { expect } from 'chai'
import { studyAttributes } from '../../src/report/source-attributes.ts'
import { sourceHeader, studyInstanceUid } from './fixtures.ts'

describe('attributes copied from the source', () => {
  it('are present and empty if the source lacks them (type 2)', () => {
    expect(studyAttributes({ '0020000D': { vr: 'UI', Value: [studyInstanceUid] } })).to.deep.equal({
      SpecificCharacterSet: 'ISO_IR 192',
      PatientName: '',
      PatientID: '',
      PatientBirthDate: '',
      PatientSex: '',
      StudyInstanceUID: studyInstanceUid,
      StudyDate: '',
      StudyTime: '',
      StudyID: '',
      AccessionNumber: '',
      ReferringPhysicianName: '',
    })
  })

  it('accept names as objects and as text, and include issuer and age if present', () => {
    const attributes = studyAttributes(
      sourceHeader({
        attributes: {
          '00080005': { vr: 'CS', Value: ['ISO 2022 IR 13', 'ISO 2022 IR 87'] },
          '00080090': { vr: 'PN', Value: ['Plain^Text'] },
          '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Tarou ', Ideographic: '山田^太郎', Phonetic: '' }] },
          '00100021': { vr: 'LO', Value: ['HOSPITAL-A'] },
          '00101010': { vr: 'AS', Value: ['004Y'] },
        },
      }),
    )
    expect(attributes).to.deep.include({
      SpecificCharacterSet: 'ISO_IR 192',
      ReferringPhysicianName: 'Plain^Text',
      PatientName: { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' },
      IssuerOfPatientID: 'HOSPITAL-A',
      PatientAge: '004Y',
    })
  })

  it('omit a name and an accession number of several values, and have no control characters', () => {
    const attributes = studyAttributes(
      sourceHeader({
        attributes: {
          '00080050': { vr: 'SH', Value: ['A1', 'A2'] },
          '00080090': { vr: 'PN', Value: [{ Alphabetic: 'One^A' }, { Alphabetic: 'Two^B' }] },
          '00081030': { vr: 'LO', Value: ['chest\r\nOBX|1'] },
          '00100010': {
            vr: 'PN',
            Value: [{ Alphabetic: 'Ev\x0b\x1cil^Na\tme', Ideographic: '\x7f', Phonetic: '\x1bA\x85' }],
          },
        },
      }),
    )
    expect(attributes).to.deep.include({
      AccessionNumber: '',
      ReferringPhysicianName: '',
      StudyDescription: 'chest OBX|1',
      PatientName: { Alphabetic: 'Ev il^Na me', Phonetic: 'A' },
    })
  })

  it('omit an accession number with a control character or a backslash, which would name another order', () => {
    for (const accession of ['A1\n', 'A1\\A2', 'A\x0b1', ' '])
      expect(
        studyAttributes(sourceHeader({ attributes: { '00080050': { vr: 'SH', Value: [accession] } } })),
      ).to.include({ AccessionNumber: '' })
  })

  it('omit values that violate their VR, and convert dates and times from before DICOM 3.0', () => {
    const of = (vr: string, value: string) => ({ vr, Value: [value] })
    const attributes = studyAttributes(
      sourceHeader({
        attributes: {
          '00080020': of('DA', '2026.03.01'),
          '00080030': of('TM', '09:12:00'),
          '00100030': of('DA', 'unknown'),
          '00100040': of('CS', 'female'),
          '00101010': of('AS', '62'),
        },
      }),
    )
    expect(attributes).to.include({ StudyDate: '20260301', StudyTime: '091200', PatientBirthDate: '', PatientSex: '' })
    expect(attributes).to.not.have.property('PatientAge')
  })

  for (const [keyword, tag, vr, valid, invalid] of [
    ['StudyDate', '00080020', 'DA', ['20260301'], ['x20260301', '202603011', '2026-03-01', '2026', '2026030x']],
    [
      'StudyTime',
      '00080030',
      'TM',
      ['09', '0912', '091205', '091205.2', '091205.250000'],
      ['9', '091', '09125', '091205.', '091205.2500000', 'x0912', '0912x', '0912.5', '091205:2'],
    ],
    ['PatientBirthDate', '00100030', 'DA', ['20220115'], ['x20220115', '20220115x', '2022011']],
    ['PatientSex', '00100040', 'CS', ['F', 'M', 'O'], ['X', 'FM', 'MALE', 'OF']],
    [
      'PatientAge',
      '00101010',
      'AS',
      ['004Y', '010M', '002W', '099D'],
      ['04Y', '0004Y', '004', '004X', '004YY', 'Y004'],
    ],
  ] as const) {
    it(`keep ${keyword} if its VR allows the value, and only then`, () => {
      const of = (value: string) => studyAttributes(sourceHeader({ attributes: { [tag]: { vr, Value: [value] } } }))
      for (const value of valid) expect(of(value)[keyword], value).to.equal(value)
      for (const value of invalid) expect(of(value)[keyword] ?? '', value).to.equal('')
    })
  }

  it('are in upper case, and have the separators of dates and times from before DICOM 3.0 removed', () => {
    const of = (tag: string, value: string) =>
      studyAttributes(sourceHeader({ attributes: { [tag]: { vr: 'CS', Value: [value] } } }))
    expect(of('00100040', 'f')).to.include({ PatientSex: 'F' })
    expect(of('00101010', '004y')).to.include({ PatientAge: '004Y' })
    expect(of('00080030', '09:12')).to.include({ StudyTime: '0912' })
    expect(of('00080030', '09:12:05.25')).to.include({ StudyTime: '091205.25' })
    expect(of('00080020', '2026.03.01')).to.include({ StudyDate: '20260301' })
  })
})
