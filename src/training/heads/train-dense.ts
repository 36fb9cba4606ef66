import { type Random, shuffle } from '../data/random.ts'
import { singleThread } from '../engine/session.ts'
import { StepSession, initialState } from '../engine/step-session.ts'
import { type Sample, toBatch } from './dense-batch.ts'
import { type DenseNetwork, initialNetwork, toDenseNetwork, toNamedTensors } from './dense-network.ts'
import { type DenseStepPlan, drawMasks, encodeDenseStep } from './dense-step.ts'
import { DenseEvaluator } from './evaluate-dense.ts'

/** An image in all its versions (sizes, variations); each epoch uses one of them at random. */
export interface ImageVersions {
  readonly versions: readonly Float32Array[]
  readonly label: number
}

export interface DenseTraining extends DenseStepPlan {
  /** Units of each hidden layer; empty for a single dense layer. */
  readonly hidden: readonly number[]
  readonly classes: number
  readonly learningRate: number
  readonly epochs: number
  readonly random: Random
}

export interface TrainedNetwork {
  readonly network: DenseNetwork
  /** Class-weighted cross-entropy by epoch; `training` includes the L2 penalty. */
  readonly history: readonly { readonly training: number; readonly validation: number }[]
  /** Index of the epoch that is kept, the one with the lowest validation loss. */
  readonly bestEpoch: number
}

/**
 * Trains dense layers on fixed features. Class weights balance the classes. The epoch with the lowest validation loss
 * is kept; validation uses every version of its images.
 */
export async function trainDense(
  training: readonly ImageVersions[],
  validation: readonly ImageVersions[],
  options: DenseTraining,
): Promise<TrainedNetwork> {
  const sizes = [training[0]!.versions[0]!.length, ...options.hidden, options.classes]
  const network = initialNetwork(sizes, options.random)
  const step = await encodeDenseStep(network, options)
  const session = await StepSession.open(step, initialState(step, toNamedTensors(network)), singleThread)
  const evaluator = await DenseEvaluator.open(sizes)
  try {
    return await trainEpochs(network, { training, validation, session, evaluator }, options)
  } finally {
    await session.close()
    await evaluator.close()
  }
}

interface DenseCourse {
  readonly training: readonly ImageVersions[]
  readonly validation: readonly ImageVersions[]
  readonly session: StepSession
  readonly evaluator: DenseEvaluator
}

async function trainEpochs(
  network: DenseNetwork,
  { training, validation, session, evaluator }: DenseCourse,
  options: DenseTraining,
): Promise<TrainedNetwork> {
  const weights = classWeights(training, options.classes)
  const held = allVersions(validation, weights)
  const history: { training: number; validation: number }[] = []
  let best = { network, epoch: -1, loss: Infinity }
  const order = Uint32Array.from(training, (_, index) => index)
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, options.random)
    const trainingLoss = await trainEpoch(network, { training, order, weights, session }, options)
    const { loss } = await evaluator.evaluate(session.weights(), held)
    history.push({ training: trainingLoss, validation: loss })
    if (loss < best.loss) best = { network: toDenseNetwork(session.weights(), network.length), epoch, loss }
  }
  return { network: best.network, history, bestEpoch: best.epoch }
}

interface DenseEpoch {
  readonly training: readonly ImageVersions[]
  readonly order: Uint32Array
  /** By label. */
  readonly weights: readonly number[]
  readonly session: StepSession
}

async function trainEpoch(
  network: DenseNetwork,
  { training, order, weights, session }: DenseEpoch,
  options: DenseTraining,
): Promise<number> {
  const { random, batchSize, learningRate, classes } = options
  const shape = { rows: batchSize, features: network[0]!.inputs, classes }
  let sum = 0
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = Array.from(order.subarray(start, start + batchSize), (index): Sample => {
      const { versions, label } = training[index]!
      return { features: versions[Math.floor(random() * versions.length)]!, label, weight: weights[label]! }
    })
    const masks = drawMasks(network, batch.length, options, random)
    const { loss, penalty } = await session.run({ ...toBatch(batch, shape), ...masks }, learningRate)
    sum += (loss + penalty) * batch.length
  }
  return sum / order.length
}

/**
 * Every version of the images. The versions of an image share its weight, so that each image counts once.
 * @param weights by label
 */
export function allVersions(images: readonly ImageVersions[], weights: readonly number[]): Sample[] {
  return images.flatMap(({ versions, label }) =>
    versions.map((features) => ({ features, label, weight: weights[label]! / versions.length })),
  )
}

/** Weights that balance the classes; their mean over the images is 1. */
export function classWeights(images: readonly { readonly label: number }[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const { label } of images) counts[label]!++
  return counts.map((count) => (count === 0 ? 0 : images.length / (classes * count)))
}
