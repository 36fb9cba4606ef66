import { expect } from 'chai'
import { type DisplacementProblem, propagateBeliefs } from './reference/belief-propagation.ts'
import { seededRandom } from '../../src/training/data/random.ts'

const side = 2
const window = 1
const labels = 3

function problem(seed: number): DisplacementProblem {
  const random = seededRandom(seed)
  const integers = (limit: number): Int16Array => Int16Array.from({ length: 4 }, () => Math.floor(random() * limit))
  return {
    side,
    window,
    centreX: integers(3),
    centreY: integers(3),
    dataCost: Float32Array.from({ length: 4 * labels * labels }, () => 10 * random()),
    smoothness: 1,
    smoothnessLimit: 2.5,
    displacementCost: 0.2,
    sweeps: 40,
  }
}

/** The energy that `propagateBeliefs` minimises, written out. */
function energy(p: DisplacementProblem, x: ArrayLike<number>, y: ArrayLike<number>): number {
  const bend = (a: number, b: number): number => Math.min(p.smoothnessLimit, p.smoothness * Math.abs(a - b))
  const edges = [
    [0, 1],
    [2, 3],
    [0, 2],
    [1, 3],
  ] as const
  let sum = 0
  for (let i = 0; i < 4; i++) {
    const lx = x[i]! - p.centreX[i]! + window
    const ly = y[i]! - p.centreY[i]! + window
    sum += p.dataCost[(i * labels + ly) * labels + lx]! + p.displacementCost * (Math.abs(x[i]!) + Math.abs(y[i]!))
  }
  for (const [a, b] of edges) sum += bend(x[a]!, x[b]!) + bend(y[a]!, y[b]!)
  return sum
}

function leastEnergy(p: DisplacementProblem): number {
  let least = Infinity
  for (let code = 0; code < 3 ** 8; code++) {
    const digits = Array.from({ length: 8 }, (_, k) => (Math.floor(code / 3 ** k) % 3) - window)
    const x = digits.slice(0, 4).map((digit, i) => p.centreX[i]! + digit)
    const y = digits.slice(4).map((digit, i) => p.centreY[i]! + digit)
    least = Math.min(least, energy(p, x, y))
  }
  return least
}

describe('propagateBeliefs, the reference', function () {
  it('comes close to the lowest energy found by exhaustive search', function () {
    const excess = Array.from({ length: 20 }, (_, seed) => {
      const p = problem(seed)
      const found = propagateBeliefs(p)
      return energy(p, found.x, found.y) / leastEnergy(p) - 1
    })
    expect(Math.min(...excess)).to.be.above(-1e-6)
    // Loopy belief propagation is exact on most of these small problems, and near on the rest.
    expect(excess.filter((value) => value < 1e-6).length).to.be.at.least(14)
    expect(Math.max(...excess)).to.be.below(0.25)
  })
})
