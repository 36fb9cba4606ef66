import { expect } from 'chai'
import fc from 'fast-check'
import { dataTermFeatures, dataTermInputs } from '../../src/lungs/data-term-features.ts'
import {
  type DataTerm,
  OpenDataTerm,
  dataTermLength,
  lungProbability,
  packDataTerm,
  unpackDataTerm,
} from '../../src/lungs/data-term.ts'
import type { LungPrior } from '../../src/lungs/lung-prior.ts'
import type { Plane } from '../../src/lungs/plane.ts'
import { type Random, seededRandom } from '../../src/training/data/random.ts'

const side = 32
const count = side * side

/** Planes whose samples all differ, so that no feature can be read at another place or from another plane. */
function randomPrior(random: Random, share = 0.5): LungPrior {
  const plane = (value: () => number): Plane => ({ side, samples: Float32Array.from({ length: count }, value) })
  return {
    probability: plane(() => (random() < share ? random() : 0)),
    disagreement: plane(() => 0.5 * random()),
    seen: plane(() => (random() < 0.1 ? 0 : 255 * random())),
    expected: plane(() => 255 * random()),
    fromMidline: plane(() => 100 * random() - 50),
    agreement: 1,
    residual: 1,
    similarity: 1,
    bending: 1,
  }
}

/** The sample at a column and row, or the nearest one of the edge. */
function at(samples: ArrayLike<number>, x: number, y: number): number {
  const inside = (value: number) => Math.min(Math.max(value, 0), side - 1)
  return samples[inside(y) * side + inside(x)]!
}

const limited = (value: number, limit: number) => Math.min(Math.max(value, -limit), limit)
const mean = (samples: readonly number[], weights: readonly number[]) =>
  samples.reduce((sum, value, i) => sum + value * weights[i]!, 0) / weights.reduce((sum, value) => sum + value, 0)

/** Offsets in the order right, left, below, above; then the four diagonals. */
const near = (d: number) => [
  [d, 0],
  [-d, 0],
  [0, d],
  [0, -d],
]
const diagonal = (d: number) => [
  [d, d],
  [d, -d],
  [-d, d],
  [-d, -d],
]

/** The features of a sample by their definition. */
function naiveFeatures(prior: LungPrior): (x: number, y: number) => number[] {
  const lung = [...prior.probability.samples]
  const seen = [...prior.seen.samples]
  const lungGray = mean(seen, lung)
  const bodyGray = mean(
    seen,
    lung.map((share, i) => (seen[i]! > 0 ? 1 - share : 0)),
  )
  const contrast = Math.max(bodyGray - lungGray, 0.05 * 255)
  const gray = seen.map((value) => limited((value - lungGray) / contrast, 3))
  // The mean of 5 by 5 samples.
  const around = gray.map((_, i) => {
    let sum = 0
    for (let y = -2; y <= 2; y++) {
      for (let x = -2; x <= 2; x++) sum += at(gray, (i % side) + x, Math.floor(i / side) + y)
    }
    return sum / 25
  })
  const logOdds = lung.map((p) => Math.log((p + 0.02) / (1 - p + 0.02)) / 4)
  const columns = lung.map((_, i) => i % side)
  const rows = lung.map((_, i) => Math.floor(i / side))
  const place = (positions: readonly number[], position: number) => {
    const centre = mean(positions, lung)
    const variance = mean(
      positions.map((value) => (value - centre) ** 2),
      lung,
    )
    return limited((position - centre) / Math.max(Math.sqrt(variance), 5), 4)
  }
  return (x, y) => {
    const read = (plane: ArrayLike<number>, ...offsets: number[][]) =>
      offsets.map(([dx, dy]) => at(plane, x + dx!, y + dy!))
    return [
      ...read(logOdds, [0, 0], ...near(3), ...near(8), ...diagonal(6)),
      ...read(gray, [0, 0], ...near(2), ...near(5)),
      ...read(around, [0, 0], ...near(10), ...diagonal(8), ...near(18)),
      ...read(prior.expected.samples, [0, 0], ...near(4)).map((value) => value / 255),
      2 * at(prior.disagreement.samples, x, y),
      place(columns, x),
      place(rows, y),
    ]
  }
}

function randomTerm(random: Random, hidden: number): DataTerm {
  const values = (length: number) => Float32Array.from({ length }, () => 2 * random() - 1)
  return {
    hidden,
    hiddenWeights: values(dataTermInputs * hidden),
    hiddenBias: values(hidden),
    outputWeights: values(hidden),
    outputBias: 2 * random() - 1,
  }
}

/** One hidden layer of rectified units in double precision. */
function naiveLogit({ hidden, hiddenWeights, hiddenBias, outputWeights, outputBias }: DataTerm, inputs: number[]) {
  let logit = outputBias
  for (let unit = 0; unit < hidden; unit++) {
    const sum = inputs.reduce((total, value, k) => total + value * hiddenWeights[k * hidden + unit]!, hiddenBias[unit]!)
    logit += outputWeights[unit]! * Math.max(0, sum)
  }
  return logit
}

const seeds = fc.integer({ min: 1, max: 2 ** 31 }).map(seededRandom)

describe('the features of the data term, for any prior', function () {
  it('are prior, gray, expected gray and place, read around the sample and relative to lung and body', function () {
    const place = fc.nat(side - 1)
    fc.assert(
      fc.property(seeds, fc.constantFrom(0.05, 0.5), place, place, (random, share, x, y) => {
        const prior = randomPrior(random, share)
        const found = new Float32Array(dataTermInputs + 2)
        dataTermFeatures(prior).read(y * side + x, found, 1)
        const expected = naiveFeatures(prior)(x, y)
        expect(expected).to.have.length(dataTermInputs)
        // Planes are stored in single precision.
        for (const [k, value] of expected.entries()) expect(found[k + 1], `feature ${k}`).to.be.closeTo(value, 1e-4)
        expect([found[0], found.at(-1)], 'values beside the features').to.deep.equal([0, 0])
      }),
    )
  })

  it('are finite on a prior without lung and on a uniform image', function () {
    const flat = (value: number): Plane => ({ side, samples: new Float32Array(count).fill(value) })
    const prior = { ...randomPrior(seededRandom(3)), probability: flat(0), seen: flat(7) }
    const found = new Float32Array(dataTermInputs)
    dataTermFeatures(prior).read(0, found, 0)
    // No lung: its gray is 0, so the body's contrast is limited to 12.75 and the place is counted from the corner.
    expect(found[13]).to.be.closeTo(7 / 12.75, 1e-6)
    expect([...found.slice(-2)]).to.deep.equal([0, 0])
    dataTermFeatures(prior).read(count - 1, found, 0)
    expect([...found.slice(-2)]).to.deep.equal([4, 4])
  })
})

describe('lungProbability, for any network and prior', function () {
  it('is the network’s where the prior is uncertain within 8 samples, else the prior’s', function () {
    fc.assert(
      fc.property(seeds, fc.constantFrom(16, 32), (random, hidden) => {
        const term = randomTerm(random, hidden)
        const open = new OpenDataTerm(term, count)
        const prior = randomPrior(random)
        const [blob, edge] = [random() * side, random() * side]
        // Certain over large areas: sure lung, sure body, and a narrow transition between them.
        const samples = prior.probability.samples.map((value, i) => {
          const distance = Math.hypot((i % side) - blob, Math.floor(i / side) - edge) - 9
          return distance < -1 ? 1 : distance > 1 ? 0 : value
        })
        const changed = { ...prior, probability: { side, samples } }
        const features = naiveFeatures(changed)
        const found = lungProbability(open, changed).samples
        for (let i = 0; i < count; i += 7) {
          const [x, y] = [i % side, Math.floor(i / side)]
          let sum = 0
          for (let dy = -8; dy <= 8; dy++) for (let dx = -8; dx <= 8; dx++) sum += at(samples, x + dx, y + dy)
          const around = sum / 17 ** 2
          // Too close to the limit to tell in single precision.
          if (Math.min(Math.abs(around - 0.002), Math.abs(around - 0.998)) < 1e-5) continue
          const isDoubtful = around > 0.002 && around < 0.998
          const expected = isDoubtful ? 1 / (1 + Math.exp(-naiveLogit(term, features(x, y)))) : samples[i]!
          // Sums of 46 products and of 32 units in single precision.
          expect(found[i], `sample ${i}`).to.be.closeTo(expected, 2e-5)
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('a stored data term', function () {
  it('is read as it was packed, whatever its values and size', function () {
    fc.assert(
      fc.property(seeds, fc.constantFrom(16, 48), (random, hidden) => {
        const term = randomTerm(random, hidden)
        const packed = packDataTerm({ ...term, outputBias: Math.fround(term.outputBias) })
        expect(packed).to.have.length(dataTermLength(hidden))
        expect(unpackDataTerm(packed, hidden)).to.deep.equal({ ...term, outputBias: Math.fround(term.outputBias) })
      }),
      { numRuns: 20 },
    )
  })
})
