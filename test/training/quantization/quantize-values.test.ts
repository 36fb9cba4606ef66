import { expect } from 'chai'
import { quantizationOf, quantizeBias, quantizeKernel } from '../../../src/training/quantization/quantize-values.ts'
import { ValueHistogram } from '../../../src/training/quantization/value-histogram.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/random.ts'

describe('values in 8 bits', () => {
  it('keep zero exactly, wherever it lies in the range', () => {
    for (const range of [
      { min: 0, max: 7.3 },
      { min: -1.7, max: 4 },
      { min: -3, max: 0 },
    ]) {
      const { scale, zeroPoint } = quantizationOf(range)
      expect(Number.isInteger(zeroPoint)).to.be.true
      expect(zeroPoint).to.be.within(0, 255)
      expect(scale * (255 - zeroPoint)).to.be.closeTo(range.max, scale)
      expect(scale * (0 - zeroPoint)).to.be.closeTo(range.min, scale)
    }
  })

  it('hold the weights of each output channel on its own scale, to half a step', () => {
    const random = seededRandom(3)
    // A channel a hundred times as strong as the other must not take its digits.
    const values = Float32Array.from({ length: 40 }, (_, i) => (random() - 0.5) * (i < 20 ? 1 : 100))
    const { stored, scales } = quantizeKernel(values, 2)
    for (const [index, value] of values.entries()) {
      const scale = scales[index < 20 ? 0 : 1]!
      expect(Math.abs(stored[index]! * scale - value)).to.be.at.most(0.5001 * scale)
    }
  })

  it('never let two products overflow 16 bits, as processors without VNNI add them', () => {
    const { stored } = quantizeKernel(Float32Array.of(-9, 9, 0.1, 0, 0, 0), 2)
    expect(Math.max(...stored.map(Math.abs))).to.equal(64)
    expect(2 * 255 * Math.max(...stored.map(Math.abs))).to.be.below(2 ** 15)
  })

  it('bring biases into the units of the sums they are added to', () => {
    expect([...quantizeBias(Float32Array.of(1, -0.5), 0.1, Float32Array.of(0.01, 0.02))]).to.deep.equal([1000, -250])
  })
})

describe('the range that 8 bits cover', () => {
  const rangeOf = (values: Float32Array) => {
    const extremes = {
      min: values.reduce((least, value) => Math.min(least, value), 0),
      max: values.reduce((most, value) => Math.max(most, value)),
    }
    const histogram = new ValueHistogram(extremes)
    histogram.count(values)
    return { extremes, range: histogram.bestRange() }
  }

  it('is all there is where every value is as likely', () => {
    const random = seededRandom(5)
    const { extremes, range } = rangeOf(Float32Array.from({ length: 5000 }, () => 10 * random()))
    expect(range).to.deep.equal(extremes)
  })

  it('cuts a lonely value off for the sake of all others, and keeps the sign of both ends', () => {
    const random = seededRandom(6)
    const values = Float32Array.from({ length: 400_000 }, () => gaussianDeviate(random))
    values[0] = 12
    const { range } = rangeOf(values)
    expect(range.max).to.be.within(4, 10)
    expect(range.min).to.be.below(0)
  })
})
