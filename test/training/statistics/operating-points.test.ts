import { expect } from 'chai'
import { operatingPoint } from '../../../src/training/statistics/roc.ts'
import { chooseThresholds } from '../../../src/training/statistics/operating-points.ts'
import { seededRandom } from '../../../src/training/data/random.ts'

describe('chooseThresholds', () => {
  const random = seededRandom(12)
  const cases = Array.from({ length: 2000 }, () => {
    const positive = random() < 0.7
    return { positive, score: Math.min(1, Math.max(0, (positive ? 0.6 : 0.3) + 0.5 * (random() - 0.5))) }
  })
  const { present, absent } = chooseThresholds(cases)

  it('sets "absent" so that about 1 % of pneumonias are below it', () => {
    expect(1 - operatingPoint(cases, absent).sensitivity).to.be.within(0.005, 0.0115)
  })

  it('sets "present" at the maximum of sensitivity plus specificity', () => {
    const youden = (threshold: number) => {
      const { sensitivity, specificity } = operatingPoint(cases, threshold)
      return sensitivity + specificity
    }
    for (let threshold = 0.05; threshold < 1; threshold += 0.01) {
      expect(youden(threshold)).to.be.at.most(youden(present) + 0.01)
    }
    expect(absent).to.be.at.most(present)
  })

  it('uses one threshold for both if the classes are separable', () => {
    const apart = [0.1, 0.2, 0.8, 0.9].map((score) => ({ score, positive: score > 0.5 }))
    expect(chooseThresholds(apart)).to.deep.equal({ present: 0.5, absent: 0.5 })
  })
})
