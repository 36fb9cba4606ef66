import { expect } from 'chai'
import { type Prediction, isPresent } from '../../src/classify/prediction.ts'
import { toPrediction, withNumbersOf } from '../../src/classify/study-prediction.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import {
  analysed,
  analysedAt,
  imagePrediction,
  model,
  notAnalysed,
  refusedImage,
  sourceHeader,
  studyInstanceUid,
  thresholds,
} from '../report/fixtures.ts'

const ageUnknown = { code: 'AGE_UNKNOWN', message: 'The age is unknown.' } as const

describe('the prediction of a study', () => {
  const dataset = sourceHeader()
  const source = { header: readImageHeader(dataset), dataset }
  const context = { source, model, thresholds, supersedes: undefined, analysedAt }
  const base = { source: dataset, studyInstanceUid, model, thresholds, analysedAt }

  it('holds everything about its images, its source and its model', () => {
    const { lungs, probabilities, activation } = imagePrediction({ lungs: 'whole-frame' })
    const analysis = { displayDigest: 'digest', lungs, probabilities, activation, decision: 'present' as const }
    const image = { header: source.header, dataset, flags: [ageUnknown], analysis }
    if (lungs.kind !== 'whole-frame') throw new Error('the lungs are found')
    expect(toPrediction([image], [refusedImage(2)], { ...context, supersedes: 'earlier' })).to.deep.equal({
      ...base,
      kind: 'analysed',
      // Without located lungs there is no call.
      decision: 'undetermined',
      images: [
        {
          header: source.header,
          displayDigest: 'digest',
          lungs,
          probabilities,
          decision: 'undetermined',
          activation,
          flags: [ageUnknown, { code: 'LUNGS_NOT_FOUND', message: lungs.warning }],
        },
      ],
      imagesDisagree: false,
      notAnalysed: [refusedImage(2)],
      supersedes: 'earlier',
    })
  })

  it('has no images if nothing was analysed, and supersedes nothing by itself', () => {
    expect(toPrediction([], [refusedImage()], context)).to.deep.equal({
      ...base,
      kind: 'not-analysed',
      notAnalysed: [refusedImage()],
    })
  })
})

describe('a prediction with the numbers of an earlier one', () => {
  const flagged = (pneumonia: number, imageNumber: number) =>
    imagePrediction({ pneumonia, imageNumber, flags: [ageUnknown] })

  it('has its own headers and flags, and the earlier numbers of the same images, most suspicious first', () => {
    const earlier = analysed([imagePrediction({ pneumonia: 0.9 }), imagePrediction({ pneumonia: 0.1, imageNumber: 2 })])
    const fresh = { ...analysed([flagged(0.95, 2), flagged(0.3, 1)]), supersedes: 'key' }
    const both = withNumbersOf(earlier, fresh)
    const [first, second] = [flagged(0.9, 1), flagged(0.1, 2)]
    expect(both).to.deep.equal({ ...analysed([first, second]), supersedes: 'key' })
  })

  it('keeps the numbers of an image that is new', () => {
    const earlier = analysed([imagePrediction({ pneumonia: 0.1 })])
    const both = withNumbersOf(earlier, analysed([flagged(0.95, 2), flagged(0.9, 1)]))
    expect(both).to.deep.equal(analysed([flagged(0.95, 2), flagged(0.1, 1)]))
  })

  it('is the fresh one if either has no numbers', () => {
    const [numbers, none] = [analysed([imagePrediction()]), notAnalysed([refusedImage()])]
    expect(withNumbersOf(numbers, none)).to.equal(none)
    expect(withNumbersOf(none, numbers)).to.equal(numbers)
  })
})

describe('a present pneumonia', () => {
  for (const [expected, prediction] of [
    [true, analysed([imagePrediction({ pneumonia: 0.9 })])],
    [false, analysed([imagePrediction({ pneumonia: 0.4 })])],
    [false, analysed([imagePrediction({ pneumonia: 0.1 })])],
    [false, notAnalysed([refusedImage()])],
  ] as const satisfies readonly (readonly [boolean, Prediction])[]) {
    it(`is ${expected ? '' : 'not '}found if the study is ${'decision' in prediction ? prediction.decision : 'not analysed'}`, () => {
      expect(isPresent(prediction)).to.equal(expected)
    })
  }
})
