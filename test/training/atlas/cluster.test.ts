import { expect } from 'chai'
import { kMeans } from '../../../src/training/atlas/cluster.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

const random = seededRandom(11)
const centres = [
  [0, 0],
  [10, 0],
  [0, 10],
] as const
const points = Array.from({ length: 90 }, (_, i) =>
  Float32Array.from(centres[i % 3]!, (value) => value + gaussianDeviate(random)),
)

describe('kMeans', function () {
  it('recovers three separate clusters', function () {
    const labels = kMeans(points, 3, seededRandom(1))
    for (let i = 3; i < points.length; i++) expect(labels[i]).to.equal(labels[i % 3])
    expect(new Set(labels).size).to.equal(3)
  })

  it('gives the same labels for the same seed', function () {
    expect(kMeans(points, 7, seededRandom(4))).to.deep.equal(kMeans(points, 7, seededRandom(4)))
  })
})
