import { expect } from 'chai'
import { featureLine, parseFeatureLine } from '../../../src/training/features/feature-rows.ts'

describe('features as text', () => {
  it('keep label, file and float32 values exactly when written and parsed', () => {
    const row = {
      label: 'viral',
      file: 'child.jpeg',
      features: Float32Array.of(0, 0.1, 1 / 3, 12345.678, 1e-9),
    } as const
    expect(parseFeatureLine(featureLine(row).trimEnd())).to.deep.equal(row)
  })
})
