import type { DataTerm } from '../../lungs/data-term.ts'
import { dataTermInputs } from '../../lungs/data-term-features.ts'
import { type Schedule, adam } from '../heads/optimizers.ts'
import { type Random, gaussianDeviate, shuffle } from '../data/random.ts'
import type { DataTermSamples } from './data-term-samples.ts'

const hidden = 32
const epochs = 8
const batchSize = 2048
const peakLearningRate = 6e-3
/** Share of the steps in which the learning rate rises to its peak, before it falls along half a cosine. */
const warmUpShare = 0.2

/**
 * Trains the data term: one hidden layer of rectified units and a sigmoid, by cross-entropy with the share of lung as target, with
 * Adam and a learning rate that rises and falls (Smith & Topin 2019).
 */
export function fitDataTerm(samples: DataTermSamples, random: Random): DataTerm {
  const count = samples.targets.length
  const batches = Math.max(1, Math.floor(count / batchSize))
  const scale = measureScale(samples)
  const standardised = { features: standardise(samples.features, scale), targets: samples.targets }
  const layers = initialLayers(random)
  const parameters = Object.values(layers)
  const step = adam(oneCycle(epochs * batches))
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    for (let batch = 0; batch < batches; batch++) {
      const members = order.subarray(batch * batchSize, (batch + 1) * batchSize)
      step(parameters, Object.values(gradientsOf(layers, standardised, members)))
    }
  }
  return onRawFeatures(layers, scale)
}

function oneCycle(steps: number): Schedule {
  return (step) => {
    const done = step / steps
    if (done < warmUpShare) return (peakLearningRate * (0.04 * warmUpShare + 0.96 * done)) / warmUpShare
    return (peakLearningRate * (1 + Math.cos((Math.PI * (done - warmUpShare)) / (1 - warmUpShare)))) / 2
  }
}

/** Parameters, or their gradients. */
interface Layers {
  /** `input * hidden + unit` */
  readonly hiddenWeights: Float32Array
  readonly hiddenBias: Float32Array
  readonly outputWeights: Float32Array
  /** Of one number. */
  readonly outputBias: Float32Array
}

function emptyLayers(): Layers {
  return {
    hiddenWeights: new Float32Array(dataTermInputs * hidden),
    hiddenBias: new Float32Array(hidden),
    outputWeights: new Float32Array(hidden),
    outputBias: new Float32Array(1),
  }
}

/** He's normal initial weights for rectified units (He et al. 2015). */
function initialLayers(random: Random): Layers {
  const layers = emptyLayers()
  for (let i = 0; i < layers.hiddenWeights.length; i++) {
    layers.hiddenWeights[i] = Math.sqrt(2 / dataTermInputs) * gaussianDeviate(random)
  }
  for (let i = 0; i < hidden; i++) layers.outputWeights[i] = Math.sqrt(2 / hidden) * gaussianDeviate(random)
  return layers
}

/** Gradients of the mean cross-entropy of a batch, by back-propagation. */
function gradientsOf(layers: Layers, { features, targets }: DataTermSamples, members: Uint32Array): Layers {
  const gradients = emptyLayers()
  const units = new Float32Array(hidden)
  for (const member of members) {
    const inputs = features.subarray(member * dataTermInputs, (member + 1) * dataTermInputs)
    const error = (forward(layers, inputs, units) - targets[member]!) / members.length
    gradients.outputBias[0]! += error
    for (let unit = 0; unit < hidden; unit++) {
      gradients.outputWeights[unit]! += error * units[unit]!
      // From here on a unit's error: nothing passes a unit that is off.
      units[unit] = units[unit]! > 0 ? error * layers.outputWeights[unit]! : 0
      gradients.hiddenBias[unit]! += units[unit]!
    }
    for (let k = 0; k < dataTermInputs; k++) {
      const value = inputs[k]!
      const row = k * hidden
      for (let unit = 0; unit < hidden; unit++) gradients.hiddenWeights[row + unit]! += value * units[unit]!
    }
  }
  return gradients
}

/** The probability of lung; leaves the hidden units' outputs in `units`. */
function forward(layers: Layers, inputs: Float32Array, units: Float32Array): number {
  units.set(layers.hiddenBias)
  for (let k = 0; k < dataTermInputs; k++) {
    const value = inputs[k]!
    const row = k * hidden
    for (let unit = 0; unit < hidden; unit++) units[unit]! += value * layers.hiddenWeights[row + unit]!
  }
  let logit = layers.outputBias[0]!
  for (let unit = 0; unit < hidden; unit++) {
    if (units[unit]! < 0) units[unit] = 0
    logit += units[unit]! * layers.outputWeights[unit]!
  }
  return 1 / (1 + Math.exp(-logit))
}

/** Mean and deviation of every feature. */
interface FeatureScale {
  readonly mean: Float64Array
  readonly deviation: Float64Array
}

function measureScale({ features, targets }: DataTermSamples): FeatureScale {
  const mean = new Float64Array(dataTermInputs)
  const deviation = new Float64Array(dataTermInputs)
  for (let i = 0; i < features.length; i++) mean[i % dataTermInputs]! += features[i]! / targets.length
  for (let i = 0; i < features.length; i++) {
    const k = i % dataTermInputs
    deviation[k]! += (features[i]! - mean[k]!) ** 2 / targets.length
  }
  return { mean, deviation: deviation.map((variance) => Math.sqrt(variance) + 1e-6) }
}

function standardise(features: Float32Array, { mean, deviation }: FeatureScale): Float32Array<ArrayBuffer> {
  const standardised = new Float32Array(features.length)
  for (let i = 0; i < features.length; i++) {
    const k = i % dataTermInputs
    standardised[i] = (features[i]! - mean[k]!) / deviation[k]!
  }
  return standardised
}

/** The network that does on raw features what this one does on standardised ones. */
function onRawFeatures(layers: Layers, { mean, deviation }: FeatureScale): DataTerm {
  const hiddenWeights = layers.hiddenWeights.map((weight, i) => weight / deviation[Math.floor(i / hidden)]!)
  const hiddenBias = layers.hiddenBias.map((bias, unit) => {
    let shift = 0
    for (let k = 0; k < dataTermInputs; k++) shift += hiddenWeights[k * hidden + unit]! * mean[k]!
    return bias - shift
  })
  return { hidden, hiddenWeights, hiddenBias, outputWeights: layers.outputWeights, outputBias: layers.outputBias[0]! }
}
