import type { LungPrior } from './lung-prior.ts'
import { type Plane, smooth } from './plane.ts'

/** One feature of the data term: a plane, read at an offset from the sample. */
interface Reading {
  readonly plane: PlaneName
  readonly x: number
  readonly y: number
}

type PlaneName = 'priorLogOdds' | 'gray' | 'grayAround' | 'expected' | 'disagreement' | 'across' | 'down'

const near = (distance: number): [number, number][] => [
  [distance, 0],
  [-distance, 0],
  [0, distance],
  [0, -distance],
]
const diagonal = (distance: number): [number, number][] => [
  [distance, distance],
  [distance, -distance],
  [-distance, distance],
  [-distance, -distance],
]
const at = (plane: PlaneName, ...offsets: readonly (readonly [number, number])[]): Reading[] =>
  offsets.map(([x, y]) => ({ plane, x, y }))

/** The offsets were chosen on held-out children; further offsets gained too little for the time they take. */
const readings: readonly Reading[] = [
  ...at('priorLogOdds', [0, 0], ...near(3), ...near(8), ...diagonal(6)),
  ...at('gray', [0, 0], ...near(2), ...near(5)),
  ...at('grayAround', [0, 0], ...near(10), ...diagonal(8), ...near(18)),
  ...at('expected', [0, 0], ...near(4)),
  ...at('disagreement', [0, 0]),
  ...at('across', [0, 0]),
  ...at('down', [0, 0]),
]

export const dataTermInputs = readings.length

/** Samples by which the planes are extended at their edges, so that offsets need no bounds check. */
const margin = 18

/** The features of any sample of one radiograph. */
export interface DataTermFeatures {
  readonly side: number
  /** Writes the `dataTermInputs` features of a sample to `out`, from `start` on; all are of the order of 1. */
  read(sample: number, out: Float32Array, start: number): void
}

/**
 * Prepares the planes for the data term: the registered prior, and the radiograph's gray on a scale from lung to body.
 */
export function dataTermFeatures(prior: LungPrior): DataTermFeatures {
  const { side } = prior.probability
  const gray = grayScale(prior)
  const place = placeInPrior(prior.probability)
  const planes: Readonly<Record<PlaneName, Float32Array>> = {
    priorLogOdds: extend(mapped(prior.probability, softLogOdds)),
    gray: extend(gray),
    grayAround: extend(smooth(gray, [1 / 5, 1 / 5, 1 / 5])),
    expected: extend(mapped(prior.expected, (value) => value / 255)),
    disagreement: extend(mapped(prior.disagreement, (value) => 2 * value)),
    across: extend(place.across),
    down: extend(place.down),
  }
  const extendedSide = side + 2 * margin
  const sources = readings.map(({ plane }) => planes[plane])
  const offsets = Int32Array.from(readings, ({ x, y }) => (y + margin) * extendedSide + x + margin)
  return {
    side,
    read: (sample, out, start) => {
      const corner = Math.floor(sample / side) * extendedSide + (sample % side)
      for (let k = 0; k < offsets.length; k++) out[start + k] = sources[k]![corner + offsets[k]!]!
    },
  }
}

/** Log odds of a probability, bounded to about ±1. */
function softLogOdds(probability: number): number {
  return Math.log((probability + 0.02) / (1.02 - probability)) / 4
}

const furthestGray = 3
/** Contrast between lung and body (of 255) below this is not amplified. */
const leastContrast = 0.05 * 255

/** Equalised gray on the scale where the mean of the prior's lungs is 0 and the mean of the body around them 1. */
function grayScale({ probability, seen }: LungPrior): Plane {
  let lung = 0
  let lungWeight = 0
  let body = 0
  let bodyWeight = 0
  for (let i = 0; i < seen.samples.length; i++) {
    const value = seen.samples[i]!
    const share = probability.samples[i]!
    lung += share * value
    lungWeight += share
    // Black is the collimator or padding, not the body.
    if (value <= 0) continue
    body += (1 - share) * value
    bodyWeight += 1 - share
  }
  const lungMean = lung / Math.max(lungWeight, 1)
  const contrast = Math.max(body / Math.max(bodyWeight, 1) - lungMean, leastContrast)
  return mapped(seen, (value) => clamp((value - lungMean) / contrast, furthestGray))
}

const furthestPlace = 4
/** Lower limit of the lungs' spread, in samples. */
const leastSpread = 5

/** The position of each sample relative to the centre of the prior's lungs, in standard deviations. */
function placeInPrior({ side, samples }: Plane): { across: Plane; down: Plane } {
  let weight = 0
  const sum = { x: 0, y: 0, xx: 0, yy: 0 }
  for (let i = 0; i < samples.length; i++) {
    const share = samples[i]!
    const x = i % side
    const y = Math.floor(i / side)
    weight += share
    sum.x += share * x
    sum.y += share * y
    sum.xx += share * x * x
    sum.yy += share * y * y
  }
  const along = (first: number, second: number, position: (i: number) => number): Plane => {
    const centre = first / Math.max(weight, 1)
    const spread = Math.max(Math.sqrt(Math.max(second / Math.max(weight, 1) - centre ** 2, 0)), leastSpread)
    return { side, samples: samples.map((_, i) => clamp((position(i) - centre) / spread, furthestPlace)) }
  }
  return {
    across: along(sum.x, sum.xx, (i) => i % side),
    down: along(sum.y, sum.yy, (i) => Math.floor(i / side)),
  }
}

function clamp(value: number, limit: number): number {
  return Math.min(Math.max(value, -limit), limit)
}

function mapped({ side, samples }: Plane, change: (value: number) => number): Plane {
  return { side, samples: samples.map(change) }
}

/** The plane with a margin that repeats its edges. */
function extend({ side, samples }: Plane): Float32Array {
  const extendedSide = side + 2 * margin
  const extended = new Float32Array(extendedSide * extendedSide)
  for (let y = 0; y < extendedSide; y++) {
    const row = Math.min(Math.max(y - margin, 0), side - 1) * side
    for (let x = 0; x < extendedSide; x++) {
      extended[y * extendedSide + x] = samples[row + Math.min(Math.max(x - margin, 0), side - 1)]!
    }
  }
  return extended
}
