import { expect } from 'chai'
import { cutLungs } from '../../src/lungs/graph-cut.ts'

const side = 9
const plane = (value: (x: number, y: number) => number) => ({
  side,
  samples: Float32Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side))),
})
const settings = { contrastCost: 1, lengthCost: 0.2, contrastSigma: 10 }

describe('cutLungs', function () {
  it('removes an isolated probable sample and fills an isolated gap', function () {
    const seen = plane(() => 100)
    const probability = plane((x, y) => {
      if (x === 7 && y === 1) return 0.7
      if (x === 2 && y === 4) return 0.3
      return x < 5 ? 0.9 : 0.1
    })
    const lungs = cutLungs(probability, seen, settings)
    for (let i = 0; i < lungs.length; i++) expect(lungs[i], `sample ${i}`).to.equal(i % side < 5 ? 1 : 0)
  })

  it('moves an undecided boundary to a change of gray level', function () {
    const probability = plane((x) => (x < 3 ? 0.99 : x > 6 ? 0.01 : 0.5))
    const lungs = cutLungs(
      probability,
      plane((x) => (x < 6 ? 60 : 200)),
      settings,
    )
    for (let i = 0; i < lungs.length; i++) expect(lungs[i], `sample ${i}`).to.equal(i % side < 6 ? 1 : 0)
  })

  it('follows only the probability if boundaries cost nothing', function () {
    const probability = plane((x, y) => ((x * 7 + y * 3) % 5) / 5 + 0.05)
    const free = { contrastCost: 0, lengthCost: 0, contrastSigma: 10 }
    const lungs = cutLungs(
      probability,
      plane(() => 0),
      free,
    )
    expect([...lungs]).to.deep.equal(Array.from(probability.samples, (value) => (value > 0.5 ? 1 : 0)))
  })
})
