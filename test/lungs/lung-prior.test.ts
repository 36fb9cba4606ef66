import { expect } from 'chai'
import type { DescribedPrototype } from '../../src/lungs/atlas/prototype.ts'
import { lungPrior, retrieve, weightedMean } from '../../src/lungs/lung-prior.ts'
import type { Plane } from '../../src/lungs/plane.ts'
import type { PreparedImage, RegistrationSettings } from '../../src/lungs/prepared-image.ts'
import { profilesOf } from '../../src/lungs/profiles.ts'
import type { CoarseDescriptors, Flow, SiftFlow } from '../../src/lungs/sift-flow.ts'
import { seededRandom } from '../../src/training/data/random.ts'

const side = 6
const count = side * side
const plane = (value: (x: number, y: number) => number): Plane => ({
  side,
  samples: Float32Array.from({ length: count }, (_, i) => value(i % side, Math.floor(i / side))),
})
const imageOf = (grid: Plane): PreparedImage => ({ grid, smoothed: grid, profiles: profilesOf(grid) })
const seen = imageOf(plane((x, y) => 10 + x + 2 * y))

/** What the registration of each prototype is made to return. */
interface Fit {
  /** Added to the image's gray levels in one corner: the more, the less similar the profiles. */
  readonly unlike: number
  readonly coarse: number
  readonly fine: number
  readonly shiftX: number
  readonly shiftY: number
}

const fits: readonly Fit[] = [
  { unlike: 40, coarse: 500, fine: 700, shiftX: 1, shiftY: 0 },
  { unlike: 90, coarse: 100, fine: 100, shiftX: 0, shiftY: 0 },
  { unlike: 5, coarse: 900, fine: 50, shiftX: 0, shiftY: 0 },
  { unlike: 20, coarse: 400, fine: 760, shiftX: 0, shiftY: 2 },
  { unlike: 60, coarse: 300, fine: 640, shiftX: -1, shiftY: 1 },
]

const random = seededRandom(4)
const prototypes = fits.map(({ unlike }, index): DescribedPrototype => {
  const grid = plane((x, y) => 10 + x + 2 * y + (x + y === 0 ? unlike : 0))
  return {
    children: 8,
    appearance: grid,
    lungProbability: plane(() => random()),
    midline: 2 + index / 2,
    prepared: imageOf(grid),
    descriptors: [Uint8Array.of(index)],
  }
})

/** The flow of a prototype: its shift, growing by a tenth of a sample with each row. */
function flowOf({ shiftX, shiftY }: Fit): Flow {
  return { side, x: plane((_, y) => shiftX + y / 10).samples, y: plane(() => shiftY).samples }
}

/** Stands for the registration; the image must be set before the first search. */
function fakeSiftFlow(): SiftFlow {
  const fixed: Plane[] = []
  const fitOf = (one: Plane) => fits[prototypes.findIndex(({ prepared }) => prepared.smoothed === one)]!
  const fake = {
    setFixed: (one: Plane) => fixed.push(one),
    search: ([descriptors]: CoarseDescriptors) => {
      expect(fixed).to.deep.equal([seen.smoothed])
      return { residual: fits[descriptors![0]!]!.coarse, of: descriptors![0]! }
    },
    refine: (moving: Plane, match: { of: number }) => {
      expect(fitOf(moving)).to.equal(fits[match.of])
      return { residual: fitOf(moving).fine, flow: flowOf(fitOf(moving)) }
    },
  }
  return fake as unknown as SiftFlow
}

const registration = { retrieved: 4, refined: 3, residualScale: 60 } as RegistrationSettings

describe('lungPrior', function () {
  const prior = lungPrior(seen, { prototypes, registration, siftFlow: fakeSiftFlow() })
  // Of the four most similar ones (all but number 1), number 2 has the worst coarse residual.
  const kept = [4, 3, 0]
  const weights = kept.map((index) => Math.exp((640 - fits[index]!.fine) / 60))
  const shares = weights.map((weight) => weight / weights.reduce((sum, one) => sum + one, 0))
  const mean = (of: (index: number) => number) => kept.reduce((sum, index, i) => sum + shares[i]! * of(index), 0)

  /** The value to which a sample's displacement leads, interpolated along the row; the edges are repeated. */
  function warped({ samples }: Plane, index: number, x: number, y: number): number {
    const { shiftX, shiftY } = fits[index]!
    const inside = (value: number) => Math.min(Math.max(value, 0), side - 1)
    const [toX, toY] = [inside(x + shiftX + y / 10), inside(y + shiftY)]
    const left = Math.floor(toX)
    const at = (column: number) => samples[toY * side + inside(column)]!
    return at(left) + (toX - left) * (at(left + 1) - at(left))
  }

  function expectPlane(found: Plane, expected: (x: number, y: number) => number): void {
    for (const [i, value] of found.samples.entries()) {
      expect(value, `sample ${i}`).to.be.closeTo(expected(i % side, Math.floor(i / side)), 1e-4)
    }
  }

  const lungAt = (index: number, x: number, y: number) => warped(prototypes[index]!.lungProbability, index, x, y)
  const meanLung = (x: number, y: number) => mean((index) => lungAt(index, x, y))

  it('averages the lungs of the prototypes with the best coarse residuals, weighted by their fine ones', function () {
    expectPlane(prior.probability, meanLung)
  })

  it('gives the weighted standard deviation of the lungs', function () {
    expectPlane(prior.disagreement, (x, y) => Math.sqrt(mean((index) => (lungAt(index, x, y) - meanLung(x, y)) ** 2)))
  })

  it('gives the image as registered and the appearance that the prototypes predict', function () {
    expect(prior.seen).to.equal(seen.grid)
    expectPlane(prior.expected, (x, y) => mean((index) => warped(prototypes[index]!.prepared.grid, index, x, y)))
  })

  it('gives the distance from the displaced midlines', function () {
    expectPlane(prior.fromMidline, (x, y) =>
      mean((index) => x + fits[index]!.shiftX + y / 10 - prototypes[index]!.midline),
    )
  })

  it('gives the mean Dice coefficient of the lungs with their mean', function () {
    const cells = Array.from({ length: count }, (_, i) => [i % side, Math.floor(i / side)] as const)
    const isMean = cells.map(([x, y]) => meanLung(x, y) >= 0.5)
    const dice = (index: number) => {
      const isIn = cells.map(([x, y]) => lungAt(index, x, y) >= 0.5)
      const shared = isIn.filter((value, i) => value && isMean[i]).length
      return (2 * shared) / (isIn.filter(Boolean).length + isMean.filter(Boolean).length)
    }
    expect(dice(0)).to.be.within(0.2, 0.95)
    expect(prior.agreement).to.be.closeTo(mean(dice), 1e-9)
  })

  it('gives the mean residual, the similarity of the most similar prototype and the bending of the flows', function () {
    expect(prior.residual).to.be.closeTo(
      mean((index) => fits[index]!.fine),
      1e-9,
    )
    const [best] = retrieve(seen, prototypes, 1)
    expect(best!.prototype).to.equal(prototypes[2])
    expect(prior.similarity).to.equal(best!.similarity)
    // Between rows the displacement changes by a tenth of a sample, at 5 times 5 samples.
    expect(prior.bending).to.be.closeTo(Math.sqrt(25 * 0.01) / side, 1e-6)
  })

  it('counts all four differences of the displacements between neighbours as bending', function () {
    const bent = (x: (x: number, y: number) => number, y: (x: number, y: number) => number) => {
      const siftFlow = fakeSiftFlow()
      siftFlow.refine = () => ({ residual: 1, flow: { side, x: plane(x).samples, y: plane(y).samples } })
      return lungPrior(seen, { prototypes, registration, siftFlow }).bending
    }
    const still = () => 0
    for (const [x, y] of [
      [(column: number) => column, still],
      [(_: number, row: number) => row, still],
      [still, (column: number) => column],
      [still, (_: number, row: number) => row],
    ] as const) {
      expect(bent(x, y)).to.be.closeTo(5 / side, 1e-6)
    }
    expect(
      bent(
        (column, row) => column + 2 * row,
        (column, row) => 3 * row - column,
      ),
    ).to.be.closeTo((5 / side) * Math.sqrt(1 + 4 + 9 + 1), 1e-6)
  })

  it('gives an agreement of 1 if no prototype has lungs', function () {
    const without = prototypes.map((one) => ({ ...one, lungProbability: plane(() => 0.2) }))
    const { agreement } = lungPrior(seen, { prototypes: without, registration, siftFlow: fakeSiftFlow() })
    expect(agreement).to.be.closeTo(1, 1e-12)
  })
})

describe('retrieve', function () {
  it('gives the most similar prototypes, best first', function () {
    const found = retrieve(seen, prototypes, 4).map(({ prototype }) => prototypes.indexOf(prototype))
    expect(found).to.deep.equal([2, 3, 0, 4])
  })
})

describe('weightedMean', function () {
  it('has equal shares unless others are given', function () {
    const two = [plane((x) => x), plane((_, y) => 3 * y)]
    expect(weightedMean(two).samples[side + 4]).to.equal((4 + 3) / 2)
    expect(weightedMean(two, [0.25, 0.75]).samples[side + 4]).to.equal(0.25 * 4 + 0.75 * 3)
  })
})
