import { expect } from 'chai'
import type { ImagePrediction, Prediction } from '../../src/classify/prediction.ts'
import { findingKeysOf, resultKey, uidFor } from '../../src/report/uids.ts'
import { analysed, imagePrediction, notAnalysed, refusedImage, sourceHeader } from './fixtures.ts'

const first = imagePrediction()
const second = imagePrediction({ imageNumber: 2 })

function keysOf(images: readonly [ImagePrediction, ...ImagePrediction[]], source = sourceHeader()) {
  return findingKeysOf(analysed(images, { source }))
}

function withTag(tag: string, vr: string, value: unknown): Prediction['source'] {
  return { ...sourceHeader(), [tag]: { vr, Value: [value] } }
}

describe('the keys of a finding', () => {
  const { header } = first

  it('do not depend on the order of the images', () => {
    expect(keysOf([first, second])).to.deep.equal(keysOf([second, first]))
  })

  for (const [what, images] of Object.entries<readonly [ImagePrediction, ...ImagePrediction[]]>({
    'another image': [first, second],
    'other pixels under the same UIDs': [{ ...first, displayDigest: 'other' }],
    'another SOP Instance UID': [{ ...first, header: { ...header, sopInstanceUid: '1.9' } }],
    'another series': [{ ...first, header: { ...header, seriesInstanceUid: '1.9' } }],
    'the same image in another study': [{ ...first, header: { ...header, studyInstanceUid: '1.9' } }],
    'another limitation': [{ ...first, flags: [{ code: 'AGE_UNKNOWN', message: 'The age is unknown.' }] }],
  }))
    it(`both differ for ${what}`, () => {
      const [before, now] = [keysOf([first]), keysOf(images)]
      expect(now.analysisKey).to.not.equal(before.analysisKey)
      expect(now.findingKey).to.not.equal(before.findingKey)
    })

  it('are the same for the same refused image, and differ for another one', () => {
    const refused = (sopInstanceUid: string) => {
      const image = refusedImage()
      return findingKeysOf(notAnalysed([{ ...image, header: { ...image.header, sopInstanceUid } }])).analysisKey
    }
    expect(refused('1.8')).to.equal(refused('1.8'))
    expect(refused('1.8')).to.not.equal(refused('1.9'))
  })

  it('both differ for another model and for an image that could not be analysed', () => {
    const whole = analysed([first])
    const refused = { header: second.header, outcome: 'refused', code: 'NOT_FRONTAL', reason: 'lateral' } as const
    const keys = [
      findingKeysOf(whole),
      findingKeysOf({ ...whole, model: { ...whole.model, digest: 'other' } }),
      findingKeysOf({ ...whole, notAnalysed: [refused] }),
      findingKeysOf({ ...whole, notAnalysed: [{ ...refused, code: 'NOT_CHEST' }] }),
    ]
    expect(new Set(keys.map(({ analysisKey }) => analysisKey)).size).to.equal(4)
    expect(new Set(keys.map(({ findingKey }) => findingKey)).size).to.equal(4)
  })

  for (const [what, tag, vr, value] of [
    ['Patient ID', '00100020', 'LO', 'OTHER'],
    ['Issuer of Patient ID', '00100021', 'LO', 'OTHER'],
    ["Patient's Name", '00100010', 'PN', { Alphabetic: 'Other^Child' }],
    ["Patient's Name in its own script", '00100010', 'PN', { Alphabetic: 'Miller^Mia', Ideographic: '山田^太郎' }],
    ["Patient's Birth Date", '00100030', 'DA', '20200101'],
    ["Patient's Sex", '00100040', 'CS', 'O'],
    ['Accession Number', '00080050', 'SH', 'OTHER'],
  ] as const)
    it(`differ only in whose the finding is for another ${what}`, () => {
      const [before, now] = [keysOf([first]), keysOf([first], withTag(tag, vr, value))]
      expect(now.analysisKey).to.equal(before.analysisKey)
      expect(now.findingKey).to.not.equal(before.findingKey)
    })

  it('are the same for attributes that identify nobody', () => {
    expect(keysOf([first], withTag('00081030', 'LO', 'Thorax'))).to.deep.equal(keysOf([first]))
  })
})

describe('the identity of a result', () => {
  it('differs for each finding and each revision', () => {
    const keys = ['a', 'b'].flatMap((finding) => [0, 1, 2].map((revision) => resultKey(finding, revision)))
    expect(new Set(keys).size).to.equal(6)
    expect(resultKey('a', 1)).to.equal(resultKey('a', 1))
  })

  it('gives every object its own valid UID, the same every time', () => {
    const roles = ['structured-report', 'structured-report-series', 'secondary-capture', 'tracking', 'device']
    const all = roles.flatMap((role) => Array.from({ length: 50 }, (_, index) => uidFor(`${index % 3}`, role, index)))
    expect(new Set(all).size).to.equal(all.length)
    for (const uid of all) expect(uid).to.match(/^2\.25\.(0|[1-9]\d{0,38})$/)
    expect(uidFor('key', 'device')).to.equal(uidFor('key', 'device'))
  })
})
