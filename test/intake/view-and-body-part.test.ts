import { expect } from 'chai'
import { assessImage } from '../../src/intake/eligibility.ts'
import type { EligibilityRules } from '../../src/intake/rule.ts'
import type { DicomDataset, DicomElement } from '../../src/dicom/dataset.ts'

const rules: EligibilityRules = { minAgeYears: 1, maxAgeYears: 5, outsideAge: 'flag', undetermined: 'analyse' }

const tags = {
  SeriesDescription: '0008103E',
  StudyDescription: '00081030',
  ProtocolName: '00181030',
  ViewPosition: '00185101',
  BodyPartExamined: '00180015',
} as const
type Texts = Partial<Record<keyof typeof tags, string>>

/** A child's CR whose view and body part appear only in the given texts. */
function image(texts: Texts, more: Readonly<Record<string, DicomElement>> = {}): DicomDataset {
  const given = Object.entries(texts).map(([keyword, text]) => [
    tags[keyword as keyof Texts],
    { vr: 'LO', Value: [text] },
  ])
  return {
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.1'] },
    '00080018': { vr: 'UI', Value: ['1.2.3'] },
    '0020000D': { vr: 'UI', Value: ['1.2.4'] },
    '0020000E': { vr: 'UI', Value: ['1.2.5'] },
    '00080060': { vr: 'CS', Value: ['CR'] },
    '00080020': { vr: 'DA', Value: ['20240301'] },
    '00100030': { vr: 'DA', Value: ['20201115'] },
    ...(Object.fromEntries(given) as Record<string, DicomElement>),
    ...more,
  }
}

/** `eligible`, or the codes of the flags, or the code of the refusal. */
function verdictOn(texts: Texts, more: Readonly<Record<string, DicomElement>> = {}): string {
  const assessment = assessImage(image(texts, more), rules)
  if (assessment.kind === 'refused') return assessment.code
  return assessment.image.flags.map((flag) => flag.code).join(' ') || 'eligible'
}

function code(tag: string, value: string, scheme: string, meaning: string): Readonly<Record<string, DicomElement>> {
  const item = {
    '00080100': { vr: 'SH', Value: [value] },
    '00080102': { vr: 'SH', Value: [scheme] },
    '00080104': { vr: 'LO', Value: [meaning] },
  }
  return { [tag]: { vr: 'SQ', Value: [item] } }
}

describe('the body part', () => {
  const chest: readonly Texts[] = [
    { BodyPartExamined: 'CHEST' },
    { BodyPartExamined: 'Thorax' },
    { BodyPartExamined: 'PORT CHEST' },
    { BodyPartExamined: 'CHESTABDOMEN' },
    { BodyPartExamined: 'UNKNOWN', StudyDescription: 'XR CHEST' },
    { StudyDescription: 'XR_CHEST_2VIEWS' },
    { SeriesDescription: 'W033 Chest2V' },
    { StudyDescription: 'Radiografía de tórax' },
    { StudyDescription: 'Rx Tórax PA' },
    { StudyDescription: 'Radiographie des poumons' },
    { StudyDescription: 'Thorax a.p. liegend' },
    { ProtocolName: 'Рентген грудной клетки' },
    { StudyDescription: '胸部正面' },
    { StudyDescription: 'RTG hrudníku a hrudník' },
    { StudyDescription: 'Akciğer grafisi' },
  ]
  for (const texts of chest) {
    it(`is the chest: ${JSON.stringify(texts)}`, () => {
      expect(verdictOn({ ViewPosition: 'AP', ...texts })).to.equal('eligible')
    })
  }

  const other: readonly (readonly [Texts, string])[] = [
    [{ BodyPartExamined: 'HIP' }, 'NOT_CHEST'],
    [{ BodyPartExamined: 'HIP', StudyDescription: 'chest and hip' }, 'NOT_CHEST'],
    [{ BodyPartExamined: 'THORACIC SPINE' }, 'NOT_CHEST'],
    [{ BodyPartExamined: 'TSPINE' }, 'NOT_CHEST'],
    [{ StudyDescription: 'XR THORACIC SPINE' }, 'NOT_CHEST'],
    [{ SeriesDescription: 'Left hand', StudyDescription: 'XR CHEST' }, 'NOT_CHEST'],
    [{ StudyDescription: 'Thorax: ribs left' }, 'BODY_PART_UNKNOWN'],
    [{ StudyDescription: 'Orchestra' }, 'BODY_PART_UNKNOWN'],
    [{}, 'BODY_PART_UNKNOWN'],
  ]
  for (const [texts, expected] of other) {
    it(`is ${expected}: ${JSON.stringify(texts)}`, () => {
      expect(verdictOn({ ViewPosition: 'AP', ...texts })).to.equal(expected)
    })
  }

  it('is read from the Anatomic Region Sequence, in both SNOMED codings', () => {
    for (const [value, scheme] of [
      ['51185008', 'SCT'],
      ['816094009', 'SCT'],
      ['T-D3000', 'SRT'],
    ] as const) {
      expect(verdictOn({ ViewPosition: 'PA' }, code('00082218', value, scheme, 'region'))).to.equal('eligible')
    }
    expect(verdictOn({ ViewPosition: 'PA' }, code('00082218', '85562004', 'SCT', 'Hand'))).to.equal('NOT_CHEST')
  })
})

describe('the view', () => {
  const table: readonly (readonly [Texts, string])[] = [
    [{ ViewPosition: 'AP' }, 'eligible'],
    [{ ViewPosition: 'PA' }, 'eligible'],
    [{ ViewPosition: 'LL' }, 'NOT_FRONTAL'],
    [{ ViewPosition: 'RL' }, 'NOT_FRONTAL'],
    [{ ViewPosition: 'RLD' }, 'NOT_FRONTAL'],
    [{ ViewPosition: 'LLO' }, 'NOT_FRONTAL'],
    [{ ViewPosition: 'LATERAL' }, 'NOT_FRONTAL'],
    [{ ViewPosition: 'UPRIGHT' }, 'VIEW_UNKNOWN'],
    [{ ViewPosition: 'AP', SeriesDescription: 'Lateral' }, 'eligible'],
    [{ SeriesDescription: 'CHEST_PA' }, 'eligible'],
    [{ SeriesDescription: 'Chest A.P. supine' }, 'eligible'],
    [{ SeriesDescription: 'Thorax de face' }, 'eligible'],
    [{ SeriesDescription: 'Thorax seitlich' }, 'NOT_FRONTAL'],
    [{ SeriesDescription: 'Thorax de profil' }, 'NOT_FRONTAL'],
    [{ SeriesDescription: 'LAT' }, 'NOT_FRONTAL'],
    [{ SeriesDescription: 'Chest decub' }, 'NOT_FRONTAL'],
    [{ StudyDescription: 'CHEST PA AND LATERAL' }, 'VIEW_UNKNOWN'],
    [{ SeriesDescription: 'Lateral', StudyDescription: 'CHEST PA AND LATERAL' }, 'NOT_FRONTAL'],
    [{ SeriesDescription: 'PA', StudyDescription: 'CHEST PA AND LATERAL' }, 'eligible'],
    [{ SeriesDescription: 'Chest', ProtocolName: 'Lateral', StudyDescription: 'CHEST PA' }, 'NOT_FRONTAL'],
    [{ SeriesDescription: 'Japan chest map' }, 'VIEW_UNKNOWN'],
    [{}, 'VIEW_UNKNOWN'],
  ]
  for (const [texts, expected] of table) {
    it(`is ${expected}: ${JSON.stringify(texts)}`, () => {
      expect(verdictOn({ BodyPartExamined: 'CHEST', ...texts })).to.equal(expected)
    })
  }

  const codes: readonly (readonly [string, string, string, string])[] = [
    ['399348003', 'SCT', 'antero-posterior', 'eligible'],
    ['272479007', 'SCT', 'postero-anterior', 'eligible'],
    ['399033003', 'SCT', 'frontal', 'eligible'],
    ['R-10206', 'SRT', 'antero-posterior', 'eligible'],
    ['399173006', 'SCT', 'left lateral', 'NOT_FRONTAL'],
    ['399198007', 'SCT', 'right lateral', 'NOT_FRONTAL'],
    ['399312000', 'SCT', 'antero-posterior oblique', 'NOT_FRONTAL'],
    ['X1', '99LOCAL', 'Thorax frontal', 'eligible'],
    ['X2', '99LOCAL', 'Thorax', 'VIEW_UNKNOWN'],
  ]
  for (const [value, scheme, meaning, expected] of codes) {
    it(`is ${expected} by View Code ${value} (${meaning})`, () => {
      expect(verdictOn({ BodyPartExamined: 'CHEST' }, code('00540220', value, scheme, meaning))).to.equal(expected)
    })
  }

  for (const [orientation, expected] of [
    [['L', 'F'], 'eligible'],
    [['R', 'F'], 'eligible'],
    [['P', 'F'], 'NOT_FRONTAL'],
    [['A', 'F'], 'NOT_FRONTAL'],
    [['L', 'P'], 'VIEW_UNKNOWN'],
  ] as const) {
    it(`is ${expected} by Patient Orientation ${orientation.join('\\')}`, () => {
      const more = { '00200020': { vr: 'CS', Value: orientation } }
      expect(verdictOn({ BodyPartExamined: 'CHEST' }, more)).to.equal(expected)
    })
  }
})

describe('a view or body part given by code alone', () => {
  // PS3.16 CID 4010 and 4031; the meaning may be in any language.
  for (const value of ['399033003', '399348003', '272479007', 'R-10206', 'R-10214']) {
    it(`is frontal: ${value}`, () => {
      expect(verdictOn({ BodyPartExamined: 'CHEST' }, code('00540220', value, 'SCT', 'x'))).to.equal('eligible')
    })
  }

  for (const value of ['816094009', '51185008', '43799004', '39607008', '416550000', 'T-D3000', 'T-28000']) {
    it(`is the chest: ${value}`, () => {
      expect(verdictOn({ ViewPosition: 'AP' }, code('00082218', value, 'SCT', 'x'))).to.equal('eligible')
    })
  }
})

describe('the reason of a refused view or body part', () => {
  const orientation = { '00200020': { vr: 'CS', Value: ['P', 'F'] } }
  for (const [texts, more, reason] of [
    [{ BodyPartExamined: 'CHEST', ViewPosition: 'LL' }, {}, 'View Position is LL.'],
    [{ BodyPartExamined: 'CHEST' }, code('00540220', '399067008', 'SCT', 'lateral'), 'The view is lateral.'],
    [{ BodyPartExamined: 'CHEST' }, orientation, 'Patient Orientation indicates a lateral view.'],
    [
      { BodyPartExamined: 'CHEST', SeriesDescription: 'Thorax seitlich' },
      {},
      'The description names a view that is not frontal.',
    ],
    [{ BodyPartExamined: 'HAND' }, {}, 'Body Part Examined is HAND.'],
    [{ SeriesDescription: 'Elbow AP' }, {}, 'The description names another body part.'],
    [{ ViewPosition: 'AP' }, code('00082218', '69536005', 'SCT', 'Head'), 'The anatomic region is Head.'],
    [{ ViewPosition: 'AP' }, code('00082218', '69536005', 'SCT', ''), 'The anatomic region is 69536005.'],
  ] as const) {
    it(`is a sentence: ${reason}`, () => {
      const assessed = assessImage(image(texts, more), rules)
      expect(assessed.kind === 'refused' && assessed.reason).to.equal(reason)
    })
  }

  it('is not needed if the image is analysed: the flag says what is unknown', () => {
    const assessed = assessImage(image({}), rules)
    expect(assessed.kind === 'eligible' && assessed.image.flags.map((flag) => flag.message)).to.deep.equal([
      'The DICOM header does not identify this as a chest radiograph.',
      'The DICOM header does not identify this as a frontal view.',
    ])
  })

  it('is none if the orientation has one direction only', () => {
    const one = { '00200020': { vr: 'CS', Value: ['P'] } }
    expect(verdictOn({ BodyPartExamined: 'CHEST' }, one)).to.equal('VIEW_UNKNOWN')
  })
})

describe('an undetermined image', () => {
  const strict = { ...rules, undetermined: 'skip' } as const

  it('is refused if so configured, as a candidate only if the body part is the chest', () => {
    const viewOpen = assessImage(image({ BodyPartExamined: 'CHEST' }), strict)
    expect(viewOpen).to.include({ kind: 'refused', code: 'UNDETERMINED', candidate: true })
    const bodyPartOpen = assessImage(image({ ViewPosition: 'AP' }), strict)
    expect(bodyPartOpen).to.include({ kind: 'refused', code: 'UNDETERMINED', candidate: false })
  })

  it('is never a candidate if its body part is unknown', () => {
    const unknown = image({ ViewPosition: 'AP' }, { '00100030': { vr: 'DA', Value: ['19400305'] } })
    expect(assessImage(unknown, { ...rules, outsideAge: 'skip' })).to.include({ kind: 'refused', candidate: false })
  })

  it('is refused without free text of the header in the reason', () => {
    const refused = assessImage(image({ BodyPartExamined: 'CHEST', SeriesDescription: 'Lateral Müller Anna' }), rules)
    expect(refused).to.have.property('kind', 'refused')
    expect(JSON.stringify(refused.kind === 'refused' && refused.reason)).not.to.contain('Anna')
  })
})
