import { expect } from 'chai'
import { type IdentityChange, identityChange } from '../../../src/report/identity/identity-change.ts'
import { type StudyIdentity, identityOf, identityText } from '../../../src/report/identity/study-identity.ts'

const mia: StudyIdentity = {
  patientId: '4711',
  issuerOfPatientId: 'NORTH',
  issuerUniversalId: undefined,
  patientName: { Alphabetic: 'Miller^Mia' },
  patientBirthDate: '20220314',
  patientSex: 'F',
  accessionNumber: 'A1',
}

const named = (...names: readonly string[]): Partial<StudyIdentity> => {
  const [Alphabetic, Ideographic] = names
  return { patientName: { ...(Alphabetic && { Alphabetic }), ...(Ideographic && { Ideographic }) } }
}
const noBirthDate = { patientBirthDate: undefined }

const cases: readonly (readonly [string, Partial<StudyIdentity>, Partial<StudyIdentity>, IdentityChange])[] = [
  ['nothing', {}, {}, 'none'],
  ['another Patient ID', {}, { patientId: '4712' }, 'another-person'],
  ['a Patient ID that is added', { patientId: undefined }, {}, 'another-person'],
  ['another issuer', {}, { issuerOfPatientId: 'SOUTH' }, 'another-person'],
  ['an issuer that is added', { issuerOfPatientId: undefined }, {}, 'correction'],
  ['an issuer that is removed', {}, { issuerOfPatientId: undefined }, 'correction'],
  [
    'another universal identifier',
    { issuerUniversalId: 'ISO 1.2' },
    { issuerUniversalId: 'ISO 1.3' },
    'another-person',
  ],
  ['a universal identifier that is added', {}, { issuerUniversalId: 'ISO 1.3' }, 'correction'],
  ['another birth date', {}, { patientBirthDate: '20220315' }, 'another-person'],
  ['a birth date that is added', noBirthDate, {}, 'correction'],
  ['another sex', {}, { patientSex: 'M' }, 'another-person'],
  ['a sex that is added', { patientSex: undefined }, {}, 'correction'],
  ['another order', {}, { accessionNumber: 'A2' }, 'correction'],
  ['another spelling and an equal birth date', {}, named('Muller^Maya'), 'correction'],
  ['a married name and an equal birth date', {}, named('Smith^Mia'), 'correction'],
  ['another given name without birth dates', noBirthDate, { ...noBirthDate, ...named('Miller^Mira') }, 'correction'],
  ['a wholly other name without birth dates', noBirthDate, { ...noBirthDate, ...named('Smith^Sam') }, 'doubt'],
  ['a wholly other name and a birth date on one side', {}, { ...noBirthDate, ...named('Smith^Sam') }, 'doubt'],
  ['another name with the same given name', noBirthDate, { ...noBirthDate, ...named('Smith^Mia') }, 'doubt'],
  [
    'case and accents',
    { ...noBirthDate, ...named('Müller^Mia') },
    { ...noBirthDate, ...named('MULLER^MIA') },
    'correction',
  ],
  ['a hyphenated name', noBirthDate, { ...noBirthDate, ...named('Smith-Miller^Mia') }, 'correction'],
  ['a part that contains the other', noBirthDate, { ...noBirthDate, ...named('Mill^Mia') }, 'doubt'],
  ['a name that is added', { ...noBirthDate, ...named() }, noBirthDate, 'correction'],
  ['a name that is removed', noBirthDate, { ...noBirthDate, ...named() }, 'correction'],
  ['a name of separators only', noBirthDate, { ...noBirthDate, ...named('^^') }, 'correction'],
  ['a script that is added', noBirthDate, { ...noBirthDate, ...named('Miller^Mia', '山田^美亜') }, 'correction'],
  [
    'a common part in another script',
    { ...noBirthDate, ...named('Yamada^Mia', '山田^美亜') },
    { ...noBirthDate, ...named('Jamada^Mia', '山田^美亜') },
    'correction',
  ],
  [
    'no common part in any script',
    { ...noBirthDate, ...named('Yamada^Mia', '山田^美亜') },
    { ...noBirthDate, ...named('Sato^Mia', '佐藤^美亜') },
    'doubt',
  ],
]

describe('a change of identity', () => {
  for (const [what, before, now, expected] of cases)
    it(`is "${expected}" for ${what}`, () => {
      expect(identityChange({ ...mia, ...before }, { ...mia, ...now })).to.equal(expected)
    })

  it('is never smaller than another person if a second attribute changes too', () => {
    expect(identityChange(mia, { ...mia, patientId: '4712', ...named('Miller^Mira') })).to.equal('another-person')
    expect(identityChange(mia, { ...mia, patientSex: 'M', ...noBirthDate, ...named('S^S') })).to.equal('another-person')
  })
})

describe('the identity of an image', () => {
  const header = {
    '00080050': { vr: 'SH', Value: ['A1'] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Miller^Mia' }] },
    '00100020': { vr: 'LO', Value: ['4711 '] },
    '00100021': { vr: 'LO', Value: ['NORTH'] },
    '00100030': { vr: 'DA', Value: ['2022.03.14'] },
    '00100040': { vr: 'CS', Value: ['F'] },
  }

  it('is read from its header', () => {
    expect(identityOf(header)).to.deep.equal(mia)
    expect(identityOf({ ...header, '00100010': { vr: 'PN', Value: ['Miller^Mia'] } })).to.deep.equal(mia)
  })

  it('is nobody where nothing is given', () => {
    const nobody = identityOf({})
    expect(nobody.patientName).to.deep.equal({})
    expect(Object.values({ ...nobody, patientName: undefined }).every((value) => value === undefined)).to.equal(true)
  })

  it('is written differently for each attribute, and wherever a value moves to another', () => {
    const { patientId, issuerOfPatientId } = mia
    const texts = [mia, ...cases.map(([, before]) => ({ ...mia, ...before }))]
      .concat({ ...mia, patientId: issuerOfPatientId, issuerOfPatientId: patientId })
      .concat(
        { ...mia, patientName: { Ideographic: 'Miller^Mia' } },
        { ...mia, patientName: { Phonetic: 'Miller^Mia' } },
      )
    const distinct = new Set(texts.map((one) => JSON.stringify(one)))
    expect(new Set(texts.map(identityText)).size).to.equal(distinct.size)
  })
})
