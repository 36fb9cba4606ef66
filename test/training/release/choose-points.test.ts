import { expect } from 'chai'
import { calibratedProbability } from '../../../src/classify/calibration.ts'
import { choosePoints, measureUnseen } from '../../../src/training/release/choose-points.ts'
import type { TrainingImage } from '../../../src/training/features/training-features.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

const random = seededRandom(21)

/** Log odds around 2 for pneumonia and around -2 for normal. */
const logOddsOf = (positive: boolean, shift = 0) => (positive ? 2 : -2) + shift + 1.4 * gaussianDeviate(random)

const validation = Array.from({ length: 1200 }, (_, index): TrainingImage => {
  const label = index % 4 === 0 ? 'normal' : 'viral'
  return {
    row: { split: 'train', label, patient: String(index), file: '', image224: '', maskEvidence: 'none' },
    split: 'validation',
    small: new Float32Array(1),
    varied: [],
  }
})

/** The network's logits are on a different scale from the log odds. */
const outputs = validation.map(({ row }) => ({
  pneumoniaLogit: 0.5 * logOddsOf(row.label !== 'normal') - 1,
  activationMap: Float32Array.of(3, 4),
  activationSide: 1,
  subtype: { normal: 0.2, viral: 0.4, bacterial: 0.4 },
  features: new Float32Array(1),
}))

const batch = (shift: number) => ({
  batch: 'elsewhere',
  cases: Array.from({ length: 600 }, (_, index) => ({
    patient: `other ${index}`,
    logOdds: logOddsOf(index % 2 === 0, index % 2 === 0 ? 0 : shift),
    positive: index % 2 === 0,
  })),
})

describe('choosePoints', () => {
  it('calibrates to a prevalence of 0.5 if unseen images are like the validation images', () => {
    const { calibration } = choosePoints(validation, outputs, [batch(0)])
    expect(calibration.assumedPrevalence).to.equal(0.5)
    const meanOf = (positive: boolean) => {
      const stated = outputs
        .filter((_, index) => (validation[index]!.row.label !== 'normal') === positive)
        .map(({ pneumoniaLogit }) => calibratedProbability(pneumoniaLogit, calibration))
      return stated.reduce((sum, value) => sum + value, 0) / stated.length
    }
    // Three in four of these images are pneumonia; with both classes weighted equally, the mean is one half.
    expect((meanOf(true) + meanOf(false)) / 2).to.be.closeTo(0.5, 0.03)
  })

  it('lowers the slope and raises the logit required for "present" if unseen normals look suspicious', () => {
    const like = choosePoints(validation, outputs, [batch(0)])
    const unlike = choosePoints(validation, outputs, [batch(2.5)])
    expect(unlike.calibration.slope).to.be.below(like.calibration.slope)
    const logitAt = ({ calibration, thresholds }: typeof like) =>
      (Math.log(thresholds.present / (1 - thresholds.present)) - calibration.intercept) / calibration.slope
    expect(logitAt(unlike)).to.be.above(logitAt(like))
  })

  it('measures the AUC and specificity of an unseen batch at the chosen threshold', () => {
    const there = batch(1)
    const points = choosePoints(validation, outputs, [there])
    const { auc, specificity } = measureUnseen(there.batch, there.cases, points)
    expect(auc).to.be.within(0.8, 0.99)
    expect(specificity).to.be.within(0.4, 0.95)
  })
})
