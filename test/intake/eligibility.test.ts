import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { assessImage, assessStudy, namedRefusals } from '../../src/intake/eligibility.ts'
import type { EligibilityRules } from '../../src/intake/rule.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'

const rules: EligibilityRules = { minAgeYears: 1, maxAgeYears: 5, outsideAge: 'flag', undetermined: 'analyse' }

function header(tags: Readonly<Record<string, unknown>> = {}): DicomDataset {
  return parseDicomFile(childChestRadiograph({ rows: 8, columns: 8, tags }).bytes).dataset
}

/** `eligible` with the codes of its flags, or the code of the refusal, with `!` for a candidate. */
function verdict(tags: Readonly<Record<string, unknown>>, settings = rules): string {
  const assessed = assessImage(header(tags), settings)
  if (assessed.kind === 'refused') return `${assessed.code}${assessed.candidate ? '!' : ''}`
  return ['eligible', ...assessed.image.flags.map((flag) => flag.code)].join(' ')
}

const noAge = { PatientBirthDate: undefined, PatientAge: undefined }
const noView = { ViewPosition: undefined, StudyDescription: 'Chest' }
const code = (value: string, meaning: string) => [
  { CodeValue: value, CodingSchemeDesignator: 'SCT', CodeMeaning: meaning },
]

const table: readonly (readonly [what: string, tags: Readonly<Record<string, unknown>>, expected: string])[] = [
  ['a CR of a three-year-old, AP', {}, 'eligible'],
  ['a DX for presentation', { Modality: 'DX', SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1' }, 'eligible'],
  ['legacy modality RG', { Modality: 'RG' }, 'eligible'],
  [
    'a DX for processing, by SOP class',
    { Modality: 'DX', SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1.1' },
    'FOR_PROCESSING',
  ],
  ['a CR for processing, by intent', { PresentationIntentType: 'FOR PROCESSING' }, 'FOR_PROCESSING'],
  ['a CT', { Modality: 'CT', SOPClassUID: '1.2.840.10008.5.1.4.1.1.2' }, 'NOT_RADIOGRAPHY'],
  ['our own Structured Report', { Modality: 'SR', SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.34' }, 'NOT_RADIOGRAPHY'],
  ['our own picture', { Modality: 'CR', SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }, 'NOT_RADIOGRAPH_SOP_CLASS'],
  ['several frames', { NumberOfFrames: 2 }, 'MULTI_FRAME'],
  ['derived from a radiograph, as many CRs are', { ImageType: ['DERIVED', 'PRIMARY'] }, 'eligible'],

  ['a copy without its original', { ImageType: ['DERIVED', 'SECONDARY'] }, 'eligible SECONDARY_IMAGE'],
  ['a bone-suppressed copy, by its type', { ImageType: ['DERIVED', 'SECONDARY', 'BONE_SUPPRESSED'] }, 'ENHANCED_COPY'],
  ['a bone-suppressed copy, by its series', { SeriesDescription: 'Chest AP, Bone Suppression' }, 'ENHANCED_COPY'],
  ...[
    'Soft tissue',
    'SoftTissue',
    'soft-tissue',
    'Chest BONE_SUPPRESSED',
    'rib suppression',
    'dual_energy',
    'Subtraction',
  ].map(
    (SeriesDescription) => [`an enhanced copy, ${SeriesDescription}`, { SeriesDescription }, 'ENHANCED_COPY'] as const,
  ),
  ['our own segmentation', { Modality: 'SEG', SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.4' }, 'NOT_RADIOGRAPHY'],

  ['a knee', { BodyPartExamined: 'KNEE', StudyDescription: 'Knee' }, 'NOT_CHEST'],
  ['no body part, but a description', { BodyPartExamined: undefined, StudyDescription: 'XR_CHEST_2V' }, 'eligible'],
  [
    'no body part, but a German one',
    { BodyPartExamined: undefined, StudyDescription: 'Thorax a.p. liegend' },
    'eligible',
  ],
  ['no body part, but a Chinese one', { BodyPartExamined: undefined, StudyDescription: '胸部正位' }, 'eligible'],
  ['a thoracic spine', { BodyPartExamined: undefined, StudyDescription: 'Thoracic spine' }, 'NOT_CHEST'],
  [
    'a chest by anatomic region',
    { BodyPartExamined: undefined, StudyDescription: '', AnatomicRegionSequence: code('51185008', 'Chest') },
    'eligible',
  ],
  [
    'a hip by anatomic region',
    { BodyPartExamined: undefined, StudyDescription: '', AnatomicRegionSequence: code('24136001', 'Hip joint') },
    'NOT_CHEST',
  ],
  ['nothing about the body part', { BodyPartExamined: undefined, StudyDescription: '' }, 'eligible BODY_PART_UNKNOWN'],

  ['PA', { ViewPosition: 'PA' }, 'eligible'],
  ['a left lateral', { ViewPosition: 'LL' }, 'NOT_FRONTAL'],
  ['a decubitus', { ViewPosition: 'RLD' }, 'NOT_FRONTAL'],
  ['an oblique', { ViewPosition: 'RLO' }, 'NOT_FRONTAL'],
  ['frontal by view code', { ...noView, ViewCodeSequence: code('399348003', 'antero-posterior') }, 'eligible'],
  ['lateral by view code', { ...noView, ViewCodeSequence: code('399173006', 'left lateral') }, 'NOT_FRONTAL'],
  ['frontal by orientation', { ...noView, PatientOrientation: ['L', 'F'] }, 'eligible'],
  ['lateral by orientation', { ...noView, PatientOrientation: ['A', 'F'] }, 'NOT_FRONTAL'],
  [
    'lateral by its series, in a study of both',
    { ...noView, SeriesDescription: 'Lateral', StudyDescription: 'Chest PA and lateral' },
    'NOT_FRONTAL',
  ],
  ['nothing about the view', noView, 'eligible VIEW_UNKNOWN'],

  ['one year old today', { StudyDate: '20240301', PatientBirthDate: '20230301' }, 'eligible'],
  ['one year old tomorrow', { StudyDate: '20240301', PatientBirthDate: '20230302' }, 'eligible AGE_OUTSIDE_RANGE'],
  ['six years old tomorrow', { StudyDate: '20240301', PatientBirthDate: '20180302' }, 'eligible'],
  ['six years old today', { StudyDate: '20240301', PatientBirthDate: '20180301' }, 'eligible AGE_OUTSIDE_RANGE'],
  ['the dates before the age string', { PatientAge: '050Y' }, 'eligible'],
  ['003Y', { ...noAge, PatientAge: '003Y' }, 'eligible'],
  ['018M', { ...noAge, PatientAge: '018M' }, 'eligible'],
  ['012M, exactly one year', { ...noAge, PatientAge: '012M' }, 'eligible'],
  ['010M', { ...noAge, PatientAge: '010M' }, 'eligible AGE_OUTSIDE_RANGE'],
  ['104W', { ...noAge, PatientAge: '104W' }, 'eligible'],
  ['090D', { ...noAge, PatientAge: '090D' }, 'eligible AGE_OUTSIDE_RANGE'],
  ['a malformed age', { ...noAge, PatientAge: '62' }, 'eligible AGE_UNKNOWN'],
  ['no age', noAge, 'eligible AGE_UNKNOWN'],
  ['a birth date after the study', { PatientBirthDate: '20250101' }, 'eligible AGE_UNKNOWN'],
  ['burned-in text', { BurnedInAnnotation: 'YES' }, 'eligible BURNED_IN_ANNOTATION'],
]

describe('eligibility of an image', () => {
  for (const [what, tags, expected] of table) {
    it(`${what}: ${expected}`, () => {
      expect(verdict(tags)).to.equal(expected)
    })
  }

  it('refuses images outside the age range or undetermined as candidates if so configured', () => {
    expect(verdict({ PatientBirthDate: '19600101' }, { ...rules, outsideAge: 'skip' })).to.equal('AGE_OUTSIDE_RANGE!')
    const strict = { ...rules, undetermined: 'skip' as const }
    expect(verdict(noAge, strict)).to.equal('UNDETERMINED!')
    expect(verdict(noView, strict)).to.equal('UNDETERMINED!')
  })

  it('rejects an object without a UID', () => {
    const without = Object.fromEntries(Object.entries(header()).filter(([tag]) => tag !== '00080018'))
    expect(() => assessImage(without, rules))
      .to.throw()
      .with.property('code', 'INTAKE_HEADER_INCOMPLETE')
  })

  for (const [tags, reason] of [
    [{ Modality: 'CT' }, 'The modality is CT, not CR or DX.'],
    [{ Modality: '' }, 'The modality is missing.'],
    [{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }, 'The SOP Class is not that of a computed or digital radiograph.'],
    [{ PresentationIntentType: 'FOR PROCESSING' }, 'The image is FOR PROCESSING, not FOR PRESENTATION.'],
    [{ NumberOfFrames: '2' }, 'The image has 2 frames, not one.'],
    [
      { SeriesDescription: 'Soft Tissue' },
      'The image is a processed copy (bone suppression, dual energy or subtraction).',
    ],
  ] as const) {
    it(`gives a refusal a reason as a sentence: ${reason}`, () => {
      const refused = assessImage(header(tags), rules)
      expect(refused.kind === 'refused' && refused.reason).to.equal(reason)
    })
  }

  for (const [tags, message] of [
    [{ ImageType: ['DERIVED', 'SECONDARY'] }, 'The image is a copy (Image Type SECONDARY).'],
    [{ BurnedInAnnotation: 'YES' }, 'Text is burned into the image.'],
  ] as const) {
    it(`gives a flag a message as a sentence: ${message}`, () => {
      const assessed = assessImage(header(tags), rules)
      expect(assessed.kind === 'eligible' && assessed.image.flags.map((flag) => flag.message)).to.deep.equal([message])
    })
  }
})

describe('eligibility of a study', () => {
  it('accepts every frontal image, and a duplicate only once', () => {
    const [frontal, lateral] = [header(), header({ ViewPosition: 'LL' })]
    const { eligible, refused } = assessStudy([frontal, lateral, frontal], rules)
    expect(eligible.map((image) => image.header.viewPosition)).to.deep.equal(['AP'])
    expect(refused.map((image) => image.code)).to.deep.equal(['NOT_FRONTAL'])
  })

  it('accepts an original and refuses its copies', () => {
    const [original, copy] = [header(), header({ ImageType: ['DERIVED', 'SECONDARY'] })]
    const { eligible, refused } = assessStudy([copy, original], rules)
    expect(eligible.map((image) => image.header.imageType)).to.deep.equal([['ORIGINAL', 'PRIMARY']])
    expect(refused.map(({ code, candidate }) => [code, candidate])).to.deep.equal([['SECONDARY_IMAGE', false]])
    expect(assessStudy([copy], rules).eligible).to.have.length(1)
  })

  it('lists candidates in a result, and the lateral view beside an analysed image', () => {
    const [frontal, lateral, ct] = [header(), header({ ViewPosition: 'LL' }), header({ Modality: 'CT' })]
    const codes = (...datasets: readonly DicomDataset[]) =>
      namedRefusals(assessStudy(datasets, { ...rules, outsideAge: 'skip' })).map(({ code }) => code)
    expect(codes(frontal, lateral, ct)).to.deep.equal(['NOT_FRONTAL'])
    expect(codes(lateral, ct)).to.deep.equal([])
    expect(codes(header({ PatientBirthDate: '19600101' }), ct)).to.deep.equal(['AGE_OUTSIDE_RANGE'])
  })
})

describe('the patient of a study', () => {
  const ct = (tags: Readonly<Record<string, unknown>>) => header({ Modality: 'CT', ...tags })
  const lateral = (tags: Readonly<Record<string, unknown>>) => header({ ViewPosition: 'LL', ...tags })
  const differ = 'differ in Patient ID or its issuer'

  for (const [keyword, name] of [
    ['PatientID', 'Patient ID (0010,0020)'],
    ['IssuerOfPatientID', 'Issuer of Patient ID (0010,0021)'],
  ] as const) {
    for (const value of [['A7', 'B7'], 'A7\x0bB7'])
      it(`is refused if ${keyword} of an analysed or named image is ${JSON.stringify(value)}`, () => {
        const unclear = { PatientID: '1001', [keyword]: value }
        const age = { PatientBirthDate: '19600101' }
        const study = { ...rules, outsideAge: 'skip' } as const
        for (const images of [[header(unclear)], [lateral(unclear), header({ PatientID: '1001' })]])
          expect(() => assessStudy(images, rules))
            .to.throw(name)
            .and.not.match(/A7|B7/)
        expect(() => assessStudy([header({ ...unclear, ...age })], study)).to.throw(name)
        expect(assessStudy([ct(unclear)], rules).refused).to.have.length(1)
      })
  }

  it('is refused if images of a result differ in Patient ID or issuer', () => {
    const [north, south] = ['NORTH', 'SOUTH'].map((IssuerOfPatientID) => ({ PatientID: '1001', IssuerOfPatientID }))
    const of = (tags: Readonly<Record<string, unknown>>, instance: string) =>
      header({ ...tags, SOPInstanceUID: instance })
    expect(() => assessStudy([of({ PatientID: '1001' }, '1.1'), of({ PatientID: '1002' }, '1.2')], rules)).to.throw(
      differ,
    )
    expect(() => assessStudy([of({ PatientID: '1001' }, '1.1'), of({ PatientID: undefined }, '1.2')], rules)).to.throw(
      differ,
    )
    expect(() => assessStudy([of(north!, '1.1'), of(south!, '1.2')], rules)).to.throw(differ)
    expect(assessStudy([of(north!, '1.1'), of({ PatientID: '1001' }, '1.2')], rules).eligible).to.have.length(2)
  })
})

describe('eligibility of real files of ../shared', () => {
  const folder = '../shared/data/dicom/projection'
  const expected = [
    ['RG1_JLSN', 'eligible'],
    ['CR-MONO1-10-chest.dcm', 'eligible'],
    ['RG2_RLE', 'NOT_CHEST'],
    ['RG3_RLE', 'NOT_CHEST'],
  ] as const
  for (const [name, wanted] of expected) {
    it(`${name}: ${wanted}`, function () {
      if (!existsSync(folder)) this.skip()
      const assessed = assessImage(parseDicomFile(new Uint8Array(readFileSync(`${folder}/${name}`))).dataset, rules)
      expect(assessed.kind === 'refused' ? assessed.code : assessed.kind).to.equal(wanted)
    })
  }
})
