import { expect } from 'chai'
import type { DenseWeights } from '../../../src/training/onnx/network.ts'
import type { TrainingImage } from '../../../src/training/features/training-features.ts'
import { chooseSubtype } from '../../../src/training/heads/choose-subtype.ts'

/** A layer that maps one feature per class to the logits, in the given order. */
function layer(order: readonly number[]): DenseWeights[] {
  const weights = new Float32Array(9)
  for (const [input, output] of order.entries()) weights[input * 3 + output] = 5
  return [{ inputs: 3, outputs: 3, weights, bias: new Float32Array(3) }]
}

const labels = ['normal', 'viral', 'bacterial'] as const

function image(index: number, split: 'train' | 'validation'): TrainingImage {
  const kind = index % 3
  return {
    row: {
      split: 'train',
      label: labels[kind]!,
      patient: String(index),
      file: '',
      image224: '',
      maskEvidence: 'none',
    },
    split,
    small: Float32Array.from({ length: 3 }, (_, i) => (i === kind ? 1 : 0)),
    varied: [],
  }
}

describe('chooseSubtype', () => {
  it('chooses the candidate with the lowest loss on validation images, regardless of training images', async () => {
    const [right, swapped] = [layer([0, 1, 2]), layer([0, 2, 1])]
    const images = [0, 1, 2, 3, 4, 5].map((index) => image(index, 'validation'))
    // More of them than validation images: counted, they would decide.
    const misleading = Array.from({ length: 20 }, (_, index) => ({
      ...image(1 + (index % 2), 'train'),
      small: Float32Array.of(0, index % 2, 1 - (index % 2)),
    }))
    expect(await chooseSubtype([swapped, right], [...images, ...misleading])).to.equal(right)
    expect(await chooseSubtype([right, swapped], [...images, ...misleading])).to.equal(right)
  })

  it('counts each image once, with every version, however many it has', async () => {
    const [right, swapped] = [layer([0, 1, 2]), layer([0, 2, 1])]
    const [normal, viral, bacterial] = [0, 1, 2].map((index) => image(index, 'validation'))
    // Seven versions that the swapped layer fits, against two images that the right one fits.
    const many = {
      ...image(4, 'validation'),
      small: bacterial!.small,
      varied: Array<Float32Array>(6).fill(bacterial!.small),
    }
    expect(await chooseSubtype([swapped, right], [normal!, viral!, bacterial!, viral!, many])).to.equal(right)
    const mostlyViral = { ...viral!, small: bacterial!.small, varied: Array<Float32Array>(5).fill(viral!.small) }
    expect(await chooseSubtype([swapped, right], [normal!, mostlyViral])).to.equal(right)
  })
})
