import { expect } from 'chai'
import { quantizationOf, quantizeConvolution } from '../../../src/training/quantization/quantize-values.ts'
import { ValueHistogram } from '../../../src/training/quantization/value-histogram.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

describe('8-bit values', () => {
  it('represent zero exactly, for any range', () => {
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

  it('have a scale for each output channel, with weights exact to half a step', () => {
    const random = seededRandom(3)
    // A channel with 100 times larger weights must not reduce the precision of the other.
    const values = Float32Array.from({ length: 40 }, (_, i) => (random() - 0.5) * (i < 20 ? 1 : 100))
    const { kernel, scales } = quantizeConvolution(values, new Float32Array(2), 1)
    for (const [index, value] of values.entries()) {
      const scale = scales[index < 20 ? 0 : 1]!
      expect(Math.abs(kernel[index]! * scale - value)).to.be.at.most(0.5001 * scale)
    }
  })

  it('limit weights to 64, so that the sum of two products fits 16 bits on processors without VNNI', () => {
    const { kernel } = quantizeConvolution(Float32Array.of(-9, 9, 0.1, 0, 0, 0), new Float32Array(2), 1)
    expect(Math.max(...kernel.map(Math.abs))).to.equal(64)
    expect(2 * 255 * Math.max(...kernel.map(Math.abs))).to.be.below(2 ** 15)
  })

  it('have biases in units of input scale times weight scale', () => {
    const { scales, bias } = quantizeConvolution(Float32Array.of(0.64, 1.28), Float32Array.of(1, -0.5), 0.1)
    expect([...scales].map((scale) => scale.toFixed(6))).to.deep.equal(['0.010000', '0.020000'])
    expect([...bias]).to.deep.equal([1000, -250])
  })

  it('represent a bias in a channel whose weights are nearly zero', () => {
    const values = Float32Array.of(1e-9, -1e-9, 0, 0)
    const inputScale = 0.02
    const { scales, bias } = quantizeConvolution(values, Float32Array.of(0.7, 0), inputScale)
    expect(bias[0]! * inputScale * scales[0]!).to.be.closeTo(0.7, 1e-6)
    expect(bias[1]).to.equal(0)
    expect(scales[1]).to.be.above(0)
  })
})

describe('the range of 8-bit values', () => {
  const rangeOf = (values: Float32Array) => {
    const extremes = {
      min: values.reduce((least, value) => Math.min(least, value), 0),
      max: values.reduce((most, value) => Math.max(most, value)),
    }
    const histogram = new ValueHistogram(extremes)
    histogram.count(values)
    return { extremes, range: histogram.bestRange() }
  }

  it('is the full range for evenly distributed values', () => {
    const random = seededRandom(5)
    const { extremes, range } = rangeOf(Float32Array.from({ length: 5000 }, () => 10 * random()))
    expect(range).to.deep.equal(extremes)
  })

  it('clips a single outlier and stays negative at its lower end', () => {
    const random = seededRandom(6)
    const values = Float32Array.from({ length: 400_000 }, () => gaussianDeviate(random))
    values[0] = 12
    const { range } = rangeOf(values)
    expect(range.max).to.be.within(4, 10)
    expect(range.min).to.be.below(0)
  })
})
