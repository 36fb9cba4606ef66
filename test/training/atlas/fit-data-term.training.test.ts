import { expect } from 'chai'
import { dataTermInputs } from '../../../src/lungs/data-term-features.ts'
import type { DataTerm } from '../../../src/lungs/data-term.ts'
import { fitDataTerm } from '../../../src/training/atlas/fit-data-term.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

/** Samples that are lung if one feature lies within a range, which no linear rule separates. */
function samples(count: number, seed: number) {
  const random = seededRandom(seed)
  const features = Float32Array.from({ length: count * dataTermInputs }, () => 3 + 2 * gaussianDeviate(random))
  const targets = Float32Array.from({ length: count }, (_, i) => {
    return Math.abs(features[i * dataTermInputs]! - 3) < 1.35 ? 1 : 0
  })
  return { features, targets }
}

function probability(term: DataTerm, inputs: Float32Array): number {
  let logit = term.outputBias
  for (let unit = 0; unit < term.hidden; unit++) {
    let sum = term.hiddenBias[unit]!
    for (let k = 0; k < inputs.length; k++) sum += inputs[k]! * term.hiddenWeights[k * term.hidden + unit]!
    logit += term.outputWeights[unit]! * Math.max(0, sum)
  }
  return 1 / (1 + Math.exp(-logit))
}

describe('fitDataTerm', function () {
  this.timeout(60_000)

  it('classifies over 85 % of linearly inseparable samples with raw features', async function () {
    const term = await fitDataTerm(samples(60_000, 1), seededRandom(1))
    const { features, targets } = samples(1000, 2)
    const right = targets.filter((target, i) => {
      const inputs = features.subarray(i * dataTermInputs, (i + 1) * dataTermInputs)
      return probability(term, inputs) > 0.5 === (target === 1)
    })
    expect(right.length).to.be.above(850)
  })

  it('gives a bit-identical data term for the same seed', async function () {
    const some = samples(3000, 3)
    const fit = () => fitDataTerm(some, seededRandom(5))
    expect(await fit()).to.deep.equal(await fit())
  })
})
