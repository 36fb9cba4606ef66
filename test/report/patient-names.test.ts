import { expect } from 'chai'
import { patientNames } from '../../src/report/patient-names.ts'

const named = (...Value: readonly unknown[]) => patientNames({ '00100010': { vr: 'PN', Value } })

describe('the name of a patient', () => {
  it('has its parts in the order of DICOM, in each script', () => {
    expect(named({ Alphabetic: 'Doe^Ann^Mary^Dr.^Jr.', Ideographic: '山田^太郎', Phonetic: '^たろう' })).to.deep.equal([
      { script: 'Alphabetic', family: 'Doe', given: 'Ann', middle: 'Mary', prefix: 'Dr.', suffix: 'Jr.' },
      { script: 'Ideographic', family: '山田', given: '太郎' },
      { script: 'Phonetic', given: 'たろう' },
    ])
  })

  it('may be plain text', () => {
    expect(named('Doe^ Ann ^^^Jr.')).to.deep.equal([
      { script: 'Alphabetic', family: 'Doe', given: 'Ann', suffix: 'Jr.' },
    ])
  })

  it('leaves out what is empty', () => {
    for (const value of [{}, { Alphabetic: '  ' }, { Alphabetic: '^^' }, '', null])
      expect(named(value), JSON.stringify(value)).to.deep.equal([])
    expect(named()).to.deep.equal([])
    expect(patientNames({})).to.deep.equal([])
    expect(named({ Alphabetic: '^', Phonetic: ' a ' })).to.deep.equal([{ script: 'Phonetic', family: 'a' }])
  })
})
