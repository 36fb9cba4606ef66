import { expect } from 'chai'
import { type TrustFeatures, qualityOf, trustFeatureNames } from '../../../src/lungs/trust.ts'
import { type JudgedCase, fitGate, isRefused, measureGate } from '../../../src/training/atlas/gate.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

const random = seededRandom(2)

/** Right cases lie around 0 in each feature; wrong ones have a low resemblance, or a low or high area. */
function sample(kind: string, shift: Partial<Record<string, number>>): JudgedCase {
  const features = Object.fromEntries(
    trustFeatureNames.map((name) => [name, (shift[name] ?? 0) + gaussianDeviate(random)]),
  ) as TrustFeatures
  return { kind, patient: 'p', boxIou: kind === 'right' ? 0.9 : 0, right: kind === 'right', features }
}

const cases = Array.from({ length: 200 }, (_, i) => [
  sample('right', {}),
  sample('unlike', { resemblance: -6 }),
  sample('odd area', { area: i % 2 === 0 ? 6 : -6 }),
]).flat()

describe('fitGate', function () {
  const gate = fitGate(cases)

  it('rejects over 95 % of cases with a wrong resemblance or area and under 3 % of right cases', function () {
    const { falseAlarms, plantedCaught, caughtByKind } = measureGate(cases.map((one) => ({ case: one, gate })))
    expect(falseAlarms.share).to.be.below(0.03)
    expect(plantedCaught).to.have.property('of', 400)
    expect(caughtByKind.unlike!.share).to.be.above(0.95)
    expect(caughtByKind['odd area']!.share).to.be.above(0.95)
  })

  it('rejects a case without lungs', function () {
    const nothing: JudgedCase = { kind: 'blank', patient: 'p', boxIou: 0, right: false, features: undefined }
    expect(isRefused(nothing, gate)).to.be.true
    expect(measureGate([{ case: nothing, gate }]).caughtByKind).to.deep.equal({ blank: { share: 1, of: 1 } })
  })

  it('gives an area far outside the fitted cases a quality below the threshold', function () {
    for (const area of [-50, 50]) {
      const far: TrustFeatures = { ...sample('right', {}).features!, area }
      expect(qualityOf(far, gate)).to.be.below(gate.leastQuality)
    }
  })
})
