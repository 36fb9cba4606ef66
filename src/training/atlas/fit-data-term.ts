import type { DataTerm } from '../../lungs/data-term.ts'
import { dataTermInputs } from '../../lungs/data-term-features.ts'
import { singleThread } from '../engine/session.ts'
import { StepSession, initialState } from '../engine/step-session.ts'
import type { NamedTensor, NamedTensors } from '../engine/training-step.ts'
import { foldStandardisation } from '../heads/standardisation.ts'
import { type Random, shuffle } from '../data/random.ts'
import { dataTermInput, dataTermWeight, encodeDataTermStep, hiddenUnits, initialDataTerm } from './data-term-network.ts'
import type { DataTermSamples } from './data-term-samples.ts'

const epochs = 8
const largestBatch = 2048
const peakLearningRate = 6e-3
/** Share of the steps for warm-up to the peak learning rate; it then falls along half a cosine. */
const warmUpShare = 0.2

/**
 * Trains the data term with cross-entropy against the share of lung, Adam and a one-cycle learning rate (Smith & Topin
 * 2019).
 */
export async function fitDataTerm(samples: DataTermSamples, random: Random): Promise<DataTerm> {
  const count = samples.targets.length
  const batchSize = Math.min(count, largestBatch)
  const batches = Math.floor(count / batchSize)
  const scale = measureScale(samples)
  const standardised = { features: standardise(samples.features, scale), targets: samples.targets }
  const weights = initialDataTerm(random)
  const step = await encodeDataTermStep(weights, batchSize)
  const session = await StepSession.open(step, initialState(step, weights), singleThread)
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  try {
    for (let made = 0; made < epochs * batches; made++) {
      const batch = made % batches
      if (batch === 0) shuffle(order, random)
      const members = order.subarray(batch * batchSize, (batch + 1) * batchSize)
      await session.run(toBatch(standardised, members), oneCycle(made / (epochs * batches)))
    }
    return onRawFeatures(session.weights(), scale)
  } finally {
    await session.close()
  }
}

/** @param done share of the steps already taken, 0–1 */
function oneCycle(done: number): number {
  if (done < warmUpShare) return (peakLearningRate * (0.04 * warmUpShare + 0.96 * done)) / warmUpShare
  return (peakLearningRate * (1 + Math.cos((Math.PI * (done - warmUpShare)) / (1 - warmUpShare)))) / 2
}

function toBatch({ features, targets }: DataTermSamples, members: Uint32Array): Record<string, NamedTensor> {
  const rows = new Float32Array(members.length * dataTermInputs)
  for (const [row, member] of members.entries()) {
    rows.set(features.subarray(member * dataTermInputs, (member + 1) * dataTermInputs), row * dataTermInputs)
  }
  return {
    [dataTermInput.features]: { shape: [members.length, dataTermInputs], values: rows },
    [dataTermInput.targets]: {
      shape: [members.length, 1],
      values: Float32Array.from(members, (member) => targets[member]!),
    },
  }
}

/** Mean and standard deviation of every feature. */
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

/** Folds the standardisation into the hidden layer, so that the network takes raw features. */
function onRawFeatures(tensors: NamedTensors, scale: FeatureScale): DataTerm {
  const valuesOf = (name: string) => tensors.get(name)!.values
  const { weights, bias } = foldStandardisation(
    {
      inputs: dataTermInputs,
      outputs: hiddenUnits,
      weights: valuesOf(dataTermWeight.hidden),
      bias: valuesOf(dataTermWeight.hiddenBias),
    },
    scale,
  )
  return {
    hidden: hiddenUnits,
    hiddenWeights: weights,
    hiddenBias: bias,
    outputWeights: Float32Array.from(valuesOf(dataTermWeight.output)),
    outputBias: valuesOf(dataTermWeight.outputBias)[0]!,
  }
}
