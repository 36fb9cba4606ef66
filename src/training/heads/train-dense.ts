import { type Random, shuffle } from '../data/random.ts'
import { type DenseNetwork, initialNetwork, predict } from './dense-network.ts'
import { type Dropout, type Sample, lossGradient } from './gradients.ts'
import type { Optimizer } from './optimizers.ts'

/** An image in all its versions (sizes, variations); an epoch sees one of them, chosen at random. */
export interface ImageVersions {
  readonly versions: readonly Float32Array[]
  readonly label: number
}

export interface DenseTraining {
  /** Hidden units; none for a single dense layer. */
  readonly hidden: readonly number[]
  readonly classes: number
  readonly optimizer: Optimizer
  readonly epochs: number
  readonly batchSize: number
  readonly l2: number
  /** Of the hidden layers, 0–1. */
  readonly dropoutRate: number
  readonly random: Random
}

export interface TrainedNetwork {
  readonly network: DenseNetwork
  /** Cross-entropy by epoch, class-weighted, without the L2 term in `validation`. */
  readonly history: readonly { readonly training: number; readonly validation: number }[]
  /** Index of the epoch that was kept: the one with the lowest validation loss. */
  readonly bestEpoch: number
}

/**
 * Trains dense layers on fixed features. Class weights make every class count the same; the epoch with the lowest validation
 * loss is kept. Validation sees every version of its images.
 */
export function trainDense(
  training: readonly ImageVersions[],
  validation: readonly ImageVersions[],
  options: DenseTraining,
): TrainedNetwork {
  const { random } = options
  const network = initialNetwork([training[0]!.versions[0]!.length, ...options.hidden, options.classes], random)
  const weights = classWeights(training, options.classes)
  const held = validation.flatMap(({ versions, label }) =>
    versions.map((features) => ({ features, label, weight: weights[label]! / versions.length })),
  )
  const history: { training: number; validation: number }[] = []
  let best = { network: copyOf(network), epoch: -1, loss: Infinity }
  const order = Uint32Array.from(training, (_, index) => index)
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, random)
    const trainingLoss = trainEpoch(network, training, order, weights, options)
    const validationLoss = crossEntropy(network, held)
    history.push({ training: trainingLoss, validation: validationLoss })
    if (validationLoss < best.loss) best = { network: copyOf(network), epoch, loss: validationLoss }
  }
  return { network: best.network, history, bestEpoch: best.epoch }
}

function trainEpoch(
  network: DenseNetwork,
  images: readonly ImageVersions[],
  order: Uint32Array,
  weights: readonly number[],
  options: DenseTraining,
): number {
  const { random, batchSize } = options
  const parameters = network.flatMap((layer) => [layer.weights, layer.bias])
  const dropout: Dropout | undefined = options.dropoutRate > 0 ? { rate: options.dropoutRate, random } : undefined
  let loss = 0
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = Array.from(order.subarray(start, start + batchSize), (index): Sample => {
      const { versions, label } = images[index]!
      return { features: versions[Math.floor(random() * versions.length)]!, label, weight: weights[label]! }
    })
    const gradient = lossGradient(network, batch, options.l2, dropout)
    loss += gradient.loss * batch.length
    options.optimizer(
      parameters,
      gradient.layers.flatMap((layer) => [layer.weights, layer.bias]),
    )
  }
  return loss / order.length
}

/** Weights that make the classes count the same and average 1 over the images. */
export function classWeights(images: readonly { readonly label: number }[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const { label } of images) counts[label]!++
  return counts.map((count) => (count === 0 ? 0 : images.length / (classes * count)))
}

/** Weighted mean of -log(probability of the true class). */
export function crossEntropy(network: DenseNetwork, samples: readonly Sample[]): number {
  let loss = 0
  let total = 0
  for (const { features, label, weight } of samples) {
    loss -= weight * Math.log(Math.max(predict(network, features)[label]!, 1e-12))
    total += weight
  }
  return loss / total
}

function copyOf(network: DenseNetwork): DenseNetwork {
  return network.map((layer) => ({
    ...layer,
    weights: Float32Array.from(layer.weights),
    bias: Float32Array.from(layer.bias),
  }))
}
