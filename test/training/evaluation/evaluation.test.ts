import { expect } from 'chai'
import { patientBootstrap } from '../../../src/training/statistics/bootstrap.ts'
import { brierScore, expectedCalibrationError } from '../../../src/training/statistics/calibration-measures.ts'
import { measure } from '../../../src/training/statistics/measures.ts'
import { type ScoredCase, areaUnderRoc, operatingPoint } from '../../../src/training/statistics/roc.ts'
import { fitPlattScaling } from '../../../src/training/statistics/platt-scaling.ts'
import { seededRandom } from '../../../src/training/data/random.ts'

/** AUC by its definition: the share of positive-negative pairs in the right order; a tie counts one half. */
function pairCount(cases: readonly ScoredCase[]): number {
  const positives = cases.filter((item) => item.positive)
  const negatives = cases.filter((item) => !item.positive)
  let right = 0
  for (const one of positives) {
    for (const other of negatives) right += one.score > other.score ? 1 : one.score === other.score ? 0.5 : 0
  }
  return right / (positives.length * negatives.length)
}

describe('measures of a classifier', () => {
  it('give the AUC of pair counting, including ties', () => {
    const random = seededRandom(2)
    for (let round = 0; round < 20; round++) {
      const cases = Array.from({ length: 40 }, () => ({
        score: Math.round(10 * random()) / 10,
        positive: random() < 0.4,
      }))
      expect(areaUnderRoc(cases)).to.be.closeTo(pairCount(cases), 1e-12)
    }
  })

  it('give NaN as the AUC of a single class', () => {
    expect(areaUnderRoc([{ score: 0.5, positive: true }])).to.be.NaN
  })

  it('give NaN as the AUC of scores that are not numbers, as of a network that diverged', () => {
    const cases = [0.2, NaN, NaN, 0.7].map((score, index) => ({ score, positive: index % 2 === 0 }))
    expect(areaUnderRoc(cases)).to.be.NaN
  })

  it('count a score at the threshold as positive', () => {
    const cases = [
      { score: 0.5, positive: true },
      { score: 0.4, positive: true },
      { score: 0.5, positive: false },
      { score: 0.1, positive: false },
    ]
    expect(operatingPoint(cases, 0.5)).to.deep.equal({ accuracy: 0.5, sensitivity: 0.5, specificity: 0.5 })
  })

  it('resample patients, not images, in the bootstrap', () => {
    // All images are of one child: resampling images would vary the mean, resampling children does not.
    const cases = [0, 1, 2].map((index) => ({ patient: 'one', value: index }))
    const mean = (drawn: readonly { value: number }[]) =>
      drawn.reduce((sum, item) => sum + item.value, 0) / drawn.length
    expect(patientBootstrap(cases, mean, seededRandom(1), 50)).to.deep.equal([1, 1])
  })

  it('give a 95 % bootstrap interval that covers the true mean in at least 86 of 100 samples', () => {
    const random = seededRandom(9)
    let covered = 0
    for (let round = 0; round < 100; round++) {
      const cases = Array.from({ length: 60 }, (_, index) => ({ patient: String(index), value: random() }))
      const mean = (drawn: readonly { value: number }[]) =>
        drawn.reduce((sum, item) => sum + item.value, 0) / drawn.length
      const [low, high] = patientBootstrap(cases, mean, random, 200)
      if (low <= 0.5 && 0.5 <= high) covered++
    }
    expect(covered).to.be.within(86, 100)
  })

  it('give the Brier score and expected calibration error by their definitions', () => {
    const cases = [
      { score: 0.9, positive: true },
      { score: 0.9, positive: false },
      { score: 0.1, positive: false },
      { score: 0.1, positive: false },
    ]
    expect(brierScore(cases)).to.be.closeTo((0.01 + 0.81 + 0.01 + 0.01) / 4, 1e-12)
    expect(expectedCalibrationError(cases)).to.be.closeTo(0.5 * 0.4 + 0.5 * 0.1, 1e-12)
  })

  it('recover the slope and intercept of Platt scaling from simulated labels', () => {
    const random = seededRandom(4)
    const cases = Array.from({ length: 20_000 }, () => {
      const logit = 8 * random() - 4
      return { logit, positive: random() < 1 / (1 + Math.exp(-(0.7 * logit + 1.2))), weight: 1 }
    })
    const { slope, intercept } = fitPlattScaling(cases)
    expect(slope).to.be.closeTo(0.7, 0.05)
    expect(intercept).to.be.closeTo(1.2, 0.08)
  })

  it('give a finite Platt scaling for separable classes', () => {
    const cases = [-3, -2, 2, 3].map((logit) => ({ logit, positive: logit > 0, weight: 1 }))
    const { slope, intercept } = fitPlattScaling(cases)
    expect(slope).to.be.within(0.1, 10)
    expect(intercept).to.be.closeTo(0, 1e-6)
  })

  it('count present, undetermined and absent outcomes by the two thresholds', () => {
    const item = (patient: string, label: 'normal' | 'viral' | 'bacterial', pneumonia: number, share: number) => ({
      patient,
      label,
      probabilities: {
        pneumonia,
        normal: 1 - pneumonia,
        bacterial: pneumonia * share,
        viral: pneumonia * (1 - share),
      },
    })
    const cases = [
      item('a', 'normal', 0.1, 0.5),
      item('b', 'normal', 0.5, 0.5),
      item('c', 'viral', 0.9, 0.2),
      item('d', 'bacterial', 0.95, 0.9),
      item('e', 'bacterial', 0.8, 0.4),
    ]
    const { n, patients, binary, threeClass } = measure(cases, { present: 0.7, absent: 0.3 })
    expect({ n, patients, auc: binary.auc, accuracy: binary.accuracy }).to.deep.equal({
      n: 5,
      patients: 5,
      auc: 1,
      accuracy: 1,
    })
    expect(binary.outcomes.normal).to.deep.equal({ present: 0, undetermined: 0.5, absent: 0.5 })
    expect(binary.outcomes.pneumonia).to.deep.equal({ present: 1, undetermined: 0, absent: 0 })
    expect(threeClass.accuracy).to.equal(0.8)
  })
})
