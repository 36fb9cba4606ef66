import { expect } from 'chai'
import fc from 'fast-check'
import type { LungPrior } from '../../src/lungs/lung-prior.ts'
import { correlation } from '../../src/lungs/correlation.ts'
import { boundsOf, boxAround, boxIou } from '../../src/lungs/lung-box.ts'
import { twoLargest } from '../../src/lungs/lung-components.ts'
import type { Plane } from '../../src/lungs/plane.ts'
import {
  type TrustFeatures,
  type TrustGate,
  qualityOf,
  shortfall,
  trustFeatureNames,
  trustFeatures,
  weakestFeature,
} from '../../src/lungs/trust.ts'

const side = 8
const grid = 5

function planes(of: number, value: fc.Arbitrary<number>): fc.Arbitrary<Plane> {
  return fc
    .array(value, { minLength: of * of, maxLength: of * of })
    .map((samples) => ({ side: of, samples: Float32Array.from(samples) }))
}

const grays = planes(grid, fc.integer({ min: 0, max: 255 }))
/** Probabilities in single precision, also those of the two thresholds themselves. */
const probabilities = planes(grid, fc.constantFrom(0, 0.1, 0.2, 0.5, 0.8, 0.9, 1).map(Math.fround))

describe('trustFeatures, for any localisation', function () {
  const masks = fc
    .array(fc.nat(2), { minLength: side * side, maxLength: side * side })
    .map((samples) => ({ side, samples: Uint8Array.from(samples) }))

  it('are area, aspect and balance of the mask, and resemblance within its box', function () {
    fc.assert(
      fc.property(masks, probabilities, grays, grays, (mask, probability, seen, expected) => {
        const bounds = boundsOf(mask)
        fc.pre(bounds !== undefined)
        const prior = { seen, expected, agreement: 0.4, residual: 2500, similarity: 0.9, bending: 3 }
        const found = trustFeatures({ prior: prior as LungPrior, probability, mask, bounds })
        const ofValue = (wanted: number) => mask.samples.filter((value) => value === wanted).length
        expect(found).to.include({ agreement: 0.4, residual: 2.5, bending: 3 })
        expect(found.dissimilarity).to.be.closeTo(-1, 1e-12)
        expect(found.area).to.equal((ofValue(1) + ofValue(2)) / 64)
        expect(found.aspect).to.equal(Math.log(bounds.width / bounds.height))
        expect(found.balance).to.be.closeTo(Math.log((ofValue(1) + 1) / (ofValue(2) + 1)), 1e-12)
        // The samples of the grid that the box touches.
        const { x, y, width, height } = bounds
        const touched = (from: number, length: number) =>
          Array.from({ length: grid }, (_, i) => i).filter(
            (i) => (i + 1) * side > from * grid && i * side < (from + length) * grid,
          )
        const [columns, rows] = [touched(x, width), touched(y, height)]
        const box = { x: columns[0]!, y: rows[0]!, width: columns.length, height: rows.length }
        expect(found.resemblance).to.equal(correlation(seen, expected, box))
      }),
    )
  })

  it('are the certainty of the probability, and the overlap of its boxes at 0.2 and 0.8', function () {
    const mask = { side, samples: new Uint8Array(side * side).fill(1) }
    const bounds = { x: 0, y: 0, width: side, height: side }
    fc.assert(
      fc.property(probabilities, grays, (probability, seen) => {
        const prior = { seen, expected: seen, agreement: 1, residual: 1, similarity: 1, bending: 0 }
        const found = trustFeatures({ prior: prior as LungPrior, probability, mask, bounds })
        const { samples } = probability
        const sum = samples.reduce((total, p) => total + p, 0)
        const certain = samples.reduce((total, p) => total + p * Math.abs(p - (1 - p)), 0)
        expect(found.certainty).to.be.closeTo(sum === 0 ? 0 : certain / sum, 1e-6)
        const boxAt = (bar: number) => {
          const lungs = twoLargest(
            Uint8Array.from(samples, (p) => (p >= bar ? 1 : 0)),
            grid,
          )
          return lungs.map((one) => boundsOf({ side: grid, samples: one })!).reduce((all, one) => boxAround(all, one))
        }
        const isAny = (bar: number) => samples.some((p) => p >= bar)
        const expected = isAny(0.2) && isAny(0.8) ? boxIou(boxAt(0.2), boxAt(0.8)) : 0
        expect(found.steadiness).to.equal(expected)
      }),
    )
  })

  it('limits the dissimilarity of equal profiles to -9', function () {
    const flat: Plane = { side: grid, samples: new Float32Array(grid * grid) }
    const mask = { side, samples: new Uint8Array(side * side).fill(1) }
    const bounds = { x: 0, y: 0, width: side, height: side }
    const prior = { seen: flat, expected: flat, agreement: 1, residual: 1, similarity: 1, bending: 0 } as LungPrior
    expect(trustFeatures({ prior, probability: flat, mask, bounds }).dissimilarity).to.be.closeTo(-9, 1e-6)
  })
})

describe('the trust gate, for any features and terms', function () {
  const number = fc.double({ min: -5, max: 5, noNaN: true })
  const byName = <T>(value: fc.Arbitrary<T>) =>
    fc.record(Object.fromEntries(trustFeatureNames.map((name) => [name, value]))) as fc.Arbitrary<
      Record<keyof TrustFeatures, T>
    >
  const terms = byName(
    fc.record({
      mean: number,
      deviation: fc.double({ min: 0.2, max: 3, noNaN: true }),
      weight: fc.double({ min: 0, max: 2, noNaN: true }),
    }),
  )
  const gates: fc.Arbitrary<TrustGate> = fc.record({ bias: number, terms, leastQuality: fc.constant(0.5) })
  const costs = (features: TrustFeatures, gate: TrustGate) =>
    trustFeatureNames.map((name) => gate.terms[name].weight * shortfall(name, features[name], gate.terms[name]))

  it('gives the logistic function of its bias less the weighted shortfalls', function () {
    fc.assert(
      fc.property(byName(number), gates, (features, gate) => {
        const logit = gate.bias - costs(features, gate).reduce((sum, cost) => sum + cost, 0)
        expect(qualityOf(features, gate)).to.be.closeTo(1 / (1 + Math.exp(-logit)), 1e-12)
      }),
    )
  })

  it('names the feature with the largest weighted shortfall as the weakest', function () {
    fc.assert(
      fc.property(byName(number), gates, (features, gate) => {
        const all = costs(features, gate)
        expect(weakestFeature(features, gate)).to.equal(trustFeatureNames[all.indexOf(Math.max(...all))])
      }),
    )
  })
})
