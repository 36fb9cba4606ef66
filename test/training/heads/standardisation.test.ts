import { expect } from 'chai'
import { weightedSums } from '../../../src/training/heads/dense-network.ts'
import {
  foldStandardisation,
  measureStandardisation,
  standardised,
} from '../../../src/training/heads/standardisation.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

describe('standardisation of features', () => {
  const random = seededRandom(8)
  const samples = Array.from({ length: 500 }, () =>
    Float32Array.of(3 + 2 * gaussianDeviate(random), 7, 0.5 * gaussianDeviate(random)),
  )
  const scale = measureStandardisation(samples)

  it('scales features to mean 0 and deviation 1, and keeps a constant feature near 0', () => {
    const values = samples.map((sample) => standardised(sample, scale))
    for (const feature of [0, 2]) {
      const column = values.map((sample) => sample[feature]!)
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length
      const square = column.reduce((sum, value) => sum + value * value, 0) / column.length
      expect(mean).to.be.closeTo(0, 1e-4)
      expect(square).to.be.closeTo(1, 1e-3)
    }
    expect(values.every((sample) => Math.abs(sample[1]!) < 1e-4)).to.be.true
  })

  it('gives the same output when folded into the next layer', () => {
    const layer = {
      inputs: 3,
      outputs: 2,
      weights: Float32Array.of(1, -1, 0.5, 2, -3, 0.25),
      bias: Float32Array.of(0.1, -0.2),
    }
    const folded = foldStandardisation(layer, scale)
    const raw = Float32Array.of(1, 6.9, -0.4)
    const expected = weightedSums(layer, standardised(raw, scale))
    for (const [out, sum] of weightedSums(folded, raw).entries()) expect(sum).to.be.closeTo(expected[out]!, 1e-3)
  })
})
