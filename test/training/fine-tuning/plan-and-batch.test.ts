import { expect } from 'chai'
import { paintBox, paintHull, paintMask } from '../../../src/training/inputs/hide-lungs.ts'
import { balanceOf, labelWeights, toBatch } from '../../../src/training/fine-tuning/batch.ts'
import { type PlannedImage, planEpoch } from '../../../src/training/fine-tuning/epoch-plan.ts'
import { learningRateAt, releaseRecipe, reportRecipe } from '../../../src/training/fine-tuning/recipe.ts'
import type { Label } from '../../../src/training/data/kermany.ts'

const lungs = {
  box: { x: 0.25, y: 0.25, width: 0.5, height: 0.5 },
  outline: [
    [0.25, 0.25],
    [0.75, 0.25],
    [0.75, 0.75],
    [0.25, 0.75],
  ],
} as const

const labels: readonly Label[] = ['normal', 'viral', 'bacterial', 'bacterial']

function images(count: number): PlannedImage[] {
  return Array.from({ length: count }, (_, index) => ({
    label: labels[index % 4]!,
    maskFile: `${index}.mask`,
    files: [`${index}.small`, `${index}.original`].map((file) => ({ file, lungs })),
  }))
}

describe('planEpoch', () => {
  it('includes every image once, in a plan that changes with the epoch and repeats for the same epoch', () => {
    const recipe = { ...releaseRecipe, batchSize: 8 }
    const first = planEpoch(images(80), 0, recipe)
    expect(planEpoch(images(80), 0, recipe)).to.deep.equal(first)
    expect(planEpoch(images(80), 1, recipe)).not.to.deep.equal(first)
    const files = first.flat().map(({ job }) => job.file)
    expect(new Set(files.map((file) => file.split('.')[0])).size).to.equal(80)
    expect(files.filter((file) => file.endsWith('original')).length).to.be.within(25, 55)
    expect(first.every((batch) => batch.length === 8)).to.equal(true)
  })

  it('adds varied normal images until the classes balance, in the report recipe', () => {
    const all = planEpoch(images(160), 0, reportRecipe).flat()
    expect(all).to.have.length(240)
    expect(all.filter(({ label }) => label === 'normal')).to.have.length(120)
    for (const { job } of all) expect(job.variation).to.be.a('number')
    expect(all.some(({ job }) => job.hidden !== undefined)).to.equal(false)
  })

  it('hides the lungs of the share of images set by hiddenShare, in three ways', () => {
    const all = planEpoch(images(1600), 0, { ...releaseRecipe, hiddenShare: 0.25 }).flat()
    const hidden = all.flatMap(({ job }) => job.hidden ?? [])
    expect(hidden.length).to.be.within(340, 460)
    expect(new Set(hidden.map(({ what }) => what)).size).to.equal(3)
  })
})

describe('a batch', () => {
  const inputs = labels.map(() => new Float32Array(3 * 4))
  const weights = labelWeights(labels, releaseRecipe)
  const balance = balanceOf(labels, weights)

  it('weights normal and pneumonia equally', () => {
    expect(weights.normal).to.equal(3 * weights.viral)
    expect(balance.normal).to.be.closeTo(0.5, 1e-12)
    expect(balance.bacterial).to.be.closeTo(2 * balance.viral, 1e-12)
  })

  it('has smoothed labels as targets, or the class balance if the lungs are hidden', () => {
    const shown = labels.map((label, index) => ({ label, hidden: index === 3 }))
    const batch = toBatch(inputs, shown, { weights, balance }, { ...releaseRecipe, labelSmoothing: 0.1 })
    const pneumonia = Array.from(batch['pneumonia_targets']!.values)
    for (const [index, target] of [0.95, 0.05, 0.05, 0.95, 0.05, 0.95, 0.5, 0.5].entries()) {
      expect(pneumonia[index]).to.be.closeTo(target, 1e-6)
    }
    const subtype = batch['subtype_targets']!.values
    for (let row = 0; row < 4; row++) {
      expect(subtype[3 * row]).to.be.closeTo(pneumonia[2 * row]!, 1e-6)
      expect(subtype[3 * row]! + subtype[3 * row + 1]! + subtype[3 * row + 2]!).to.be.closeTo(1, 1e-6)
    }
    expect(batch['sample_weights']!.values[3]).to.equal(1)
  })
})

describe('hidden lungs', () => {
  const frame = { side: 40, samples: Float32Array.from({ length: 1600 }, (_, i) => i % 251) }
  const at = ({ samples }: typeof frame, x: number, y: number) => samples[y * 40 + x]

  it('are painted over inside the mask, hull or box and unchanged outside', () => {
    const mask = { side: 40, samples: frame.samples.map((_, i) => (i % 40 < 20 ? 255 : 0)) }
    expect(at(paintMask(frame, mask, 7), 5, 5)).to.equal(7)
    expect(at(paintMask(frame, mask, 7), 25, 5)).to.equal(at(frame, 25, 5))
    for (const painted of [paintHull(frame, lungs, 7), paintBox(frame, lungs, 7)]) {
      expect(at(painted, 20, 20)).to.be.closeTo(7, 1e-3)
      expect(at(painted, 1, 1)).to.be.closeTo(at(frame, 1, 1)!, 1e-3)
    }
  })
})

describe('learningRateAt', () => {
  it('is constant in the report recipe and falls along half a cosine to 0 in the release recipe', () => {
    expect(learningRateAt(reportRecipe, 90, 100)).to.equal(1e-4)
    expect(learningRateAt(releaseRecipe, 0, 100)).to.equal(releaseRecipe.learningRate)
    expect(learningRateAt(releaseRecipe, 50, 100)).to.be.closeTo(releaseRecipe.learningRate / 2, 1e-12)
    expect(learningRateAt(releaseRecipe, 99, 100)).to.be.below(1e-6)
  })
})
