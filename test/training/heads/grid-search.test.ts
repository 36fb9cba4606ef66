import { expect } from 'chai'
import type { TrainingImage } from '../../../src/training/features/training-features.ts'
import { gridSchema, gridTable, searchGrid } from '../../../src/training/heads/grid-search.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

/** Images whose first feature separates pneumonia from normal; the normals come from both batches. */
function images(): TrainingImage[] {
  const random = seededRandom(5)
  return Array.from({ length: 240 }, (_, index): TrainingImage => {
    const normal = index % 3 === 0
    const features = Float32Array.from({ length: 6 }, () => gaussianDeviate(random))
    features[0]! += normal ? -1.5 : 1.5
    return {
      row: {
        split: 'train',
        label: normal ? 'normal' : index % 3 === 1 ? 'viral' : 'bacterial',
        patient: `child ${index}`,
        file: `${normal ? ['IM-', 'NORMAL2-'][index % 2] : 'person'}${index}.jpeg`,
        image224: '',
        maskEvidence: 'none',
      },
      split: index % 5 === 0 ? 'validation' : 'train',
      small: features,
      varied: [],
    }
  })
}

describe('searchGrid', function () {
  this.timeout(30_000)

  it('trains every combination and sorts by the AUC on unseen batches', async () => {
    const grid = { learningRate: [0.05, 1e-6], l2: [0, 0.01, 1], optimizer: ['adam', 'sgd'] as ('adam' | 'sgd')[] }
    const results = await searchGrid(images(), grid, 1, () => undefined)
    expect(results).to.have.length(12)
    expect(
      new Set(results.map(({ optimizer, learningRate, l2 }) => `${optimizer} ${learningRate} ${l2}`)).size,
    ).to.equal(12)
    const areas = results.map(({ unseenBatchAuc }) => unseenBatchAuc)
    expect(areas).to.deep.equal(areas.toSorted((a, b) => b - a))
    expect(areas[0]).to.be.above(0.95)
    const lossOf = (learningRate: number) =>
      results.find((one) => one.optimizer === 'adam' && one.l2 === 0 && one.learningRate === learningRate)!
        .validationLoss
    expect(lossOf(0.05)).to.be.below(lossOf(1e-6))
    expect(gridTable(results).trim().split('\n')).to.have.length(14)
  })

  it('accepts a grid of positive learning rates and known optimizers only', () => {
    expect(gridSchema.safeParse({ learningRate: [1e-3], l2: [0], optimizer: ['adam'] }).success).to.equal(true)
    expect(gridSchema.safeParse({ learningRate: [0], l2: [0], optimizer: ['adam'] }).success).to.equal(false)
    expect(gridSchema.safeParse({ learningRate: [1e-3], l2: [0], optimizer: ['rmsprop'] }).success).to.equal(false)
  })
})
