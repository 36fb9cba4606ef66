import { expect } from 'chai'
import { scoreUnseenBatches } from '../../../src/training/data/unseen-batches.ts'
import type { TrainingImage } from '../../../src/training/features/training-features.ts'
import { stageOneRecipe } from '../../../src/training/heads/train-heads.ts'

const recipe = { ...stageOneRecipe, epochs: 2, l2: 0, learningRate: 0.05 }

/** Each kind of image, and how many of it are in a split. */
const counts = [
  { file: 'IM-', label: 'normal', train: 5, validation: 3 },
  { file: 'NORMAL2-', label: 'normal', train: 6, validation: 8 },
  { file: 'person', label: 'viral', train: 7, validation: 2 },
  // A pneumonia that is named like a batch of normals belongs to none.
  { file: 'IM-', label: 'bacterial', train: 4, validation: 4 },
] as const

/** Images whose only feature is the same for all normals, and for all pneumonias. */
function images(feature = { normal: -1, pneumonia: 1 }): TrainingImage[] {
  return counts.flatMap(({ file, label, ...splits }) =>
    (['train', 'validation'] as const).flatMap((split) =>
      Array.from({ length: splits[split] }, (_, index): TrainingImage => ({
        row: {
          split: 'train',
          label,
          patient: `${file}${label} ${split} ${index}`,
          file: `${file}${index}.jpeg`,
          image224: '',
          maskEvidence: 'none',
        },
        split,
        small: Float32Array.of(label === 'normal' ? feature.normal : feature.pneumonia),
        varied: [],
      })),
    ),
  )
}

const isOf = (batch: string) => (image: TrainingImage) =>
  image.row.label === 'normal' && image.row.file.startsWith(batch)

describe('scoreUnseenBatches', function () {
  this.timeout(30_000)

  it('scores all normals of the batch and the pneumonias of the validation split', async () => {
    const unseen = await scoreUnseenBatches(images(), 1, recipe)
    expect(unseen.map(({ batch }) => batch)).to.deep.equal(['IM-', 'NORMAL2-'])
    for (const { batch, cases } of unseen) {
      const expected = images().filter(
        (image) => isOf(batch)(image) || (image.split === 'validation' && image.row.label !== 'normal'),
      )
      expect(cases.map(({ patient, positive }) => ({ patient, positive }))).to.deep.equal(
        expected.map(({ row }) => ({ patient: row.patient, positive: row.label !== 'normal' })),
      )
    }
  })

  it('calibrates on the validation images without the batch', async () => {
    const [first, second] = await scoreUnseenBatches(images(), 1, recipe)
    // Platt's targets for two values of the logit: 1 - 1 / (positives + 2) and 1 / (negatives + 2).
    const positive = Math.log(6 + 1)
    for (const [{ cases }, familiarNormals] of [
      [first!, 8],
      [second!, 3],
    ] as const) {
      for (const one of cases) {
        expect(one.logOdds, one.patient).to.be.closeTo(one.positive ? positive : -Math.log(familiarNormals + 1), 1e-6)
      }
    }
  })

  it('neither trains nor calibrates on the batch', async () => {
    const pneumonias = async (all: readonly TrainingImage[], index: number) =>
      (await scoreUnseenBatches(all, 1, recipe))[index]!.cases.filter(({ positive }) => positive)
    for (const [index, batch] of ['IM-', 'NORMAL2-'].entries()) {
      const changed = images().map((image) => (isOf(batch)(image) ? { ...image, small: Float32Array.of(9) } : image))
      expect(await pneumonias(changed, index)).to.deep.equal(await pneumonias(images(), index))
      expect(await pneumonias(changed, 1 - index)).not.to.deep.equal(await pneumonias(images(), 1 - index))
    }
  })
})
