import { expect } from 'chai'
import fc from 'fast-check'
import { type CutSettings, cutLungs } from '../../src/lungs/graph-cut.ts'
import type { Plane } from '../../src/lungs/plane.ts'

const side = 3
const count = side * side

function planes(value: fc.Arbitrary<number>): fc.Arbitrary<Plane> {
  return fc
    .array(value, { minLength: count, maxLength: count })
    .map((samples) => ({ side, samples: Float32Array.from(samples) }))
}

/** Pairs of neighbours, also diagonal ones, each once. */
const pairs = Array.from({ length: count * count }, (_, code) => [code % count, Math.floor(code / count)] as const)
  .map(([a, b]) => {
    const across = Math.abs((a % side) - (b % side))
    const down = Math.abs(Math.floor(a / side) - Math.floor(b / side))
    return { a, b, across, down }
  })
  .filter(({ a, b, across, down }) => a < b && Math.max(across, down) === 1)
  .map(({ a, b, across, down }) => ({ a, b, length: Math.sqrt(across + down) }))

/** The energy as Candemir 2014 and the settings state it: the log odds of what is not lung, and the boundaries. */
function energy(lung: (i: number) => boolean, probability: Plane, seen: Plane, settings: CutSettings): number {
  const sum = pairs.reduce((total, { a, b, length }) => {
    if (lung(a) === lung(b)) return total
    const contrast = (seen.samples[a]! - seen.samples[b]!) ** 2 / (2 * settings.contrastSigma ** 2)
    return total + (settings.lengthCost + settings.contrastCost * Math.exp(-contrast)) / length
  }, 0)
  return probability.samples.reduce((total, p, i) => {
    const odds = p <= 0 ? -6 : p >= 1 ? 6 : Math.min(Math.max(Math.log(p / (1 - p)), -6), 6)
    return total + (lung(i) ? Math.max(0, -odds) : Math.max(0, odds))
  }, sum)
}

describe('cutLungs, for any probabilities and gray levels', function () {
  it('is the cheapest of all labellings (exhaustive search)', function () {
    const probability = planes(fc.oneof(fc.double({ min: 0.001, max: 0.999, noNaN: true }), fc.constantFrom(0, 1)))
    const seen = planes(fc.integer({ min: 0, max: 60 }))
    const settings = fc.record({
      contrastCost: fc.double({ min: 0, max: 3, noNaN: true }),
      lengthCost: fc.double({ min: 0, max: 1, noNaN: true }),
      contrastSigma: fc.double({ min: 2, max: 30, noNaN: true }),
    })
    fc.assert(
      fc.property(probability, seen, settings, (p, gray, used) => {
        const cut = cutLungs(p, gray, used)
        let least = Infinity
        for (let code = 0; code < 2 ** count; code++) {
          least = Math.min(
            least,
            energy((i) => ((code >> i) & 1) === 1, p, gray, used),
          )
        }
        // Each of at most 29 capacities is rounded to a thousandth, on both sides of the comparison.
        expect(energy((i) => cut[i] === 1, p, gray, used)).to.be.at.most(least + 29 * 0.001)
      }),
      { numRuns: 150 },
    )
  })

  it('limits the log odds to 6, so that the eight neighbours of a sure sample can outvote it', function () {
    const sure = (value: number) => ({
      side,
      samples: Float32Array.from({ length: count }, (_, i) => (i === 4 ? value : 1 - value)),
    })
    const even = { side, samples: new Float32Array(count) }
    // Eight boundaries: 4 + 4 / √2 = 6.83 times the cost of one.
    for (const [lengthCost, isOutvoted] of [
      [0.85, false],
      [0.95, true],
    ] as const) {
      for (const value of [0, 1]) {
        const cut = cutLungs(sure(value), even, { contrastCost: 0, lengthCost, contrastSigma: 1 })
        expect([...cut]).to.deep.equal(
          Array.from({ length: count }, (_, i) => (i === 4 && !isOutvoted ? value : 1 - value)),
        )
      }
    }
  })
})
