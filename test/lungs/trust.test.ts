import { expect } from 'chai'
import { boundsOf } from '../../src/lungs/lung-box.ts'
import type { LungPrior } from '../../src/lungs/lung-prior.ts'
import { type LungMask, leftLung, rightLung } from '../../src/lungs/lung-region.ts'
import type { Plane } from '../../src/lungs/plane.ts'
import { type TrustFeatures, qualityOf, shortfall, trustFeatures } from '../../src/lungs/trust.ts'
import { shippedAtlas } from './shipped-atlas.ts'

function mask(...rows: string[]): LungMask {
  return {
    side: rows.length,
    samples: Uint8Array.from(rows.join(''), (cell) => ({ R: rightLung, L: leftLung })[cell] ?? 0),
  }
}

/** A prior and a probability that agree with the mask. */
function featuresOf(lungs: LungMask, changes: Partial<LungPrior> = {}): TrustFeatures {
  const { side } = lungs
  const plane: Plane = { side, samples: Float32Array.from(lungs.samples, (value) => (value === 0 ? 0 : 1)) }
  const prior: LungPrior = {
    probability: plane,
    disagreement: plane,
    seen: plane,
    expected: plane,
    fromMidline: plane,
    agreement: 0.9,
    residual: 1200,
    similarity: 0.99,
    bending: 0.7,
    ...changes,
  }
  return trustFeatures({ prior, probability: plane, mask: lungs, bounds: boundsOf(lungs)! })
}

const even = mask('......', 'RR..LL', 'RR..LL', 'RR..LL', 'RR..LL', '......')
const smallRight = mask('......', '.R..LL', '.R..LL', '....LL', '....LL', '......')
const smallLeft = mask('......', 'RR..L.', 'RR..L.', 'RR....', 'RR....', '......')

describe('trustFeatures', function () {
  it('measures the balance of the lungs alike whichever is the smaller one', function () {
    expect(featuresOf(even).balance).to.equal(0)
    expect(featuresOf(smallLeft).balance).to.be.closeTo(Math.log(9 / 3), 1e-12)
    expect(featuresOf(smallRight).balance).to.be.closeTo(-Math.log(9 / 3), 1e-12)
  })

  it('measures area, aspect and the values of the registration', function () {
    const { area, aspect, ...others } = featuresOf(smallLeft)
    expect(area).to.be.closeTo(10 / 36, 1e-12)
    expect(aspect).to.be.closeTo(Math.log(5 / 4), 1e-12)
    expect(others).to.include({ agreement: 0.9, residual: 1.2, bending: 0.7, certainty: 1, steadiness: 1 })
    expect(others.resemblance).to.be.closeTo(1, 1e-12)
    expect(others.dissimilarity).to.be.closeTo(-2, 1e-9)
  })
})

describe('the gate of the shipped atlas', function () {
  const { gate } = shippedAtlas()
  const usual = Object.fromEntries(Object.entries(gate.terms).map(([name, { mean }]) => [name, mean]))

  it('gives usual lungs a lower quality if either of them is much smaller than the other', function () {
    const qualityWith = (lungs: LungMask) =>
      qualityOf({ ...(usual as TrustFeatures), balance: featuresOf(lungs).balance }, gate)
    expect(qualityWith(even)).to.be.above(0.98)
    expect(qualityWith(smallRight)).to.be.below(qualityWith(even) - 0.1)
    expect(qualityWith(smallLeft)).to.be.below(qualityWith(even) - 0.1)
  })
})

describe('shortfall', function () {
  const spread = { mean: 5, deviation: 2 }

  it('counts deviations from the mean of right boxes, in the bad direction only and at most 12', function () {
    const at = (name: keyof TrustFeatures) => [-95, 1, 5, 8, 105].map((value) => shortfall(name, value, spread))
    expect(at('agreement')).to.deep.equal([12, 2, 0, 0, 0])
    expect(at('bending')).to.deep.equal([0, 0, 0, 1.5, 12])
    expect(at('balance')).to.deep.equal([12, 2, 0, 1.5, 12])
  })
})
