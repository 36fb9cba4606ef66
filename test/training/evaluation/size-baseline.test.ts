import { expect } from 'chai'
import type { KermanyRow } from '../../../src/training/data/kermany.ts'
import { sizeBaseline } from '../../../src/training/evaluation/size-baseline.ts'

describe('sizeBaseline', () => {
  const row = (index: number, label: KermanyRow['label'], width: number): KermanyRow => ({
    split: 'train',
    label,
    patient: `child ${index}`,
    file: `${index}.jpeg`,
    image224: '',
    originalSize: { width, height: 800 },
    maskEvidence: 'none',
  })

  it('is 1 if the image width separates the classes and 0.5 if all sizes are equal', () => {
    const wideNormals = Array.from({ length: 200 }, (_, i) =>
      row(i, i % 2 === 0 ? 'normal' : 'viral', 900 + (i % 2 === 0 ? 500 : 0) + (i % 7)),
    )
    expect(sizeBaseline(wideNormals, 'validation')).to.equal(1)
    const alike = Array.from({ length: 200 }, (_, i) => row(i, i % 2 === 0 ? 'normal' : 'viral', 1000))
    expect(sizeBaseline(alike, 'validation')).to.equal(0.5)
  })

  it('is null if no original sizes are known', () => {
    expect(sizeBaseline([], 'test')).to.equal(null)
  })
})
