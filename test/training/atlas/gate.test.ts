import { expect } from 'chai'
import { type TrustFeatures, qualityOf, trustFeatureNames } from '../../../src/lungs/trust.ts'
import { type JudgedCase, fitGate, measureGate } from '../../../src/training/atlas/gate.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/random.ts'

const random = seededRandom(2)

/** Right ones lie around 0 in each feature; wrong ones are off in the resemblance, or off either way in the area. */
function sample(kind: string, shift: Partial<Record<string, number>>): JudgedCase {
  const features = Object.fromEntries(
    trustFeatureNames.map((name) => [name, (shift[name] ?? 0) + gaussianDeviate(random)]),
  ) as TrustFeatures
  return { kind, patient: 'p', right: kind === 'right', features }
}

const cases = Array.from({ length: 200 }, (_, i) => [
  sample('right', {}),
  sample('unlike', { resemblance: -6 }),
  sample('odd area', { area: i % 2 === 0 ? 6 : -6 }),
]).flat()

describe('fitGate', function () {
  const gate = fitGate(cases)

  it('refuses what is wrong in one direction or in both, and few right ones', function () {
    const { falseAlarms, caught } = measureGate(cases, gate)
    expect(falseAlarms.share).to.be.below(0.03)
    expect(caught.unlike!.share).to.be.above(0.95)
    expect(caught['odd area']!.share).to.be.above(0.95)
  })

  it('gives no trust to what is farther off than anything seen, either way', function () {
    for (const area of [-50, 50]) {
      const far = { ...sample('right', {}).features, area }
      expect(qualityOf(far, gate)).to.be.below(gate.leastQuality)
    }
  })
})
