import { dataTermFeatures, dataTermInputs } from '../../lungs/data-term-features.ts'
import type { LungPrior } from '../../lungs/lung-prior.ts'
import { reduceByMean } from '../../lungs/plane.ts'
import type { SquareFrame } from '../../pixels/square-frame.ts'
import type { Random } from '../data/random.ts'

/** Training samples: the data term's features at positions in radiographs, and the share of lung there. */
export interface DataTermSamples {
  /** `sample * dataTermInputs + feature` */
  readonly features: Float32Array<ArrayBuffer>
  /** Share of lung, 0–1. */
  readonly targets: Float32Array<ArrayBuffer>
}

/** Samples per radiograph. */
const samplesOfEach = 400
/** Relative sampling weight where the prior is certain: low, because little is learned there. */
const weightWhereSure = 0.05
const sure = 0.01

/** Draws samples, mostly where the prior is uncertain. */
export function drawSamples(prior: LungPrior, lungs: SquareFrame, random: Random): DataTermSamples {
  const { side, samples } = prior.probability
  const truth = reduceByMean(lungs, lungs.side / side).samples
  const features = dataTermFeatures(prior)
  const drawn = {
    features: new Float32Array(samplesOfEach * dataTermInputs),
    targets: new Float32Array(samplesOfEach),
  }
  const cumulative = new Float64Array(samples.length)
  let total = 0
  for (let i = 0; i < samples.length; i++) {
    total += weightWhereSure + (samples[i]! > sure && samples[i]! < 1 - sure ? 1 : 0)
    cumulative[i] = total
  }
  for (let k = 0; k < samplesOfEach; k++) {
    const sample = firstAtLeast(cumulative, random() * total)
    features.read(sample, drawn.features, k * dataTermInputs)
    drawn.targets[k] = truth[sample]!
  }
  return drawn
}

/** Index of the first of the ascending values that is at least `value`. */
function firstAtLeast(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

export function joinSamples(parts: readonly DataTermSamples[]): DataTermSamples {
  const count = parts.reduce((sum, { targets }) => sum + targets.length, 0)
  const joined = { features: new Float32Array(count * dataTermInputs), targets: new Float32Array(count) }
  let at = 0
  for (const { features, targets } of parts) {
    joined.features.set(features, at * dataTermInputs)
    joined.targets.set(targets, at)
    at += targets.length
  }
  return joined
}
