import { expect } from 'chai'
import { adam, sgd } from '../../../src/training/engine/optimizers.ts'
import { singleThread } from '../../../src/training/engine/session.ts'
import { StepSession, initialState } from '../../../src/training/engine/step-session.ts'
import { memoryName } from '../../../src/training/engine/training-step.ts'
import { type Sample, toBatch } from '../../../src/training/heads/dense-batch.ts'
import {
  type DenseNetwork,
  biasName,
  initialNetwork,
  toNamedTensors,
  weightsName,
} from '../../../src/training/heads/dense-network.ts'
import { drawMasks, encodeDenseStep } from '../../../src/training/heads/dense-step.ts'
import { evaluateDense } from '../../../src/training/heads/evaluate-dense.ts'
import { type DenseTraining, type ImageVersions, trainDense } from '../../../src/training/heads/train-dense.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'
import { type ReferenceLayer, referenceLogits, slopes } from '../dense-reference.ts'

const batchSize = 32

function samples(count: number, features: number, classes: number): Sample[] {
  const random = seededRandom(3)
  return Array.from({ length: count }, (_, index) => ({
    features: Float32Array.from({ length: features }, () => gaussianDeviate(random)),
    label: index % classes,
    weight: 0.5 + (index % 5) / 2,
  }))
}

/** Loss (with penalty) and gradients of the first step. */
async function firstStep(network: DenseNetwork, batch: readonly Sample[], l2: number, dropoutRate: number) {
  const plan = { batchSize, optimizer: adam, l2, dropoutRate }
  const step = await encodeDenseStep(network, plan)
  const session = await StepSession.open(step, initialState(step, toNamedTensors(network)), singleThread)
  const masks = drawMasks(network, batch.length, plan, seededRandom(11))
  const shape = { rows: batchSize, features: network[0]!.inputs, classes: network.at(-1)!.outputs }
  const { loss, penalty } = await session.run({ ...toBatch(batch, shape), ...masks }, 1e-3)
  const { tensors } = session.state()
  await session.close()
  // Adam's first moment after one step is a tenth of the gradient.
  const gradient = (name: string) => tensors.get(memoryName(name, 0))!.values.map((value) => 10 * value)
  return { loss: loss + penalty, masks, gradient }
}

function logSumExp(logits: Float64Array): number {
  const top = Math.max(...logits)
  return top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0))
}

describe('a training step of dense layers', function () {
  this.timeout(60_000)

  for (const { title, sizes, count, l2, dropoutRate } of [
    { title: 'stage one', sizes: [2048, 2], count: 32, l2: 0.1, dropoutRate: 0 },
    { title: 'stage one, in a partial batch', sizes: [2048, 2], count: 7, l2: 0.1, dropoutRate: 0 },
    { title: 'stage two with dropout', sizes: [2048, 64, 32, 3], count: 32, l2: 1e-4, dropoutRate: 0.2 },
    {
      title: 'stage two with dropout, in a partial batch',
      sizes: [40, 8, 6, 3],
      count: 5,
      l2: 0,
      dropoutRate: 0.5,
    },
  ]) {
    it(`matches loss and gradients in double precision: ${title}`, async () => {
      const random = seededRandom(7)
      // Non-zero biases, so that a penalty on them would be noticed.
      const network = initialNetwork(sizes, random).map((layer) => ({
        ...layer,
        bias: layer.bias.map(() => gaussianDeviate(random)),
      }))
      const batch = samples(count, sizes[0]!, sizes.at(-1)!)
      const { loss, masks, gradient } = await firstStep(network, batch, l2, dropoutRate)
      const layers = network.map(({ outputs, weights, bias }): ReferenceLayer => ({
        outputs,
        weights: Float64Array.from(weights),
        bias: Float64Array.from(bias),
      }))
      const reference = () => {
        let sum = 0
        for (const [n, { features, label, weight }] of batch.entries()) {
          const logits = referenceLogits(layers, features, (value, layer, unit) => {
            const mask = masks[`${layer}.mask`]
            return (mask ? mask.values[n * mask.shape[1]! + unit]! : 1) / (1 + Math.exp(-value))
          })
          sum += (weight * (logSumExp(logits) - logits[label]!)) / batch.length
        }
        const squares = layers.map(({ weights }) => weights.reduce((total, weight) => total + weight * weight, 0))
        return sum + l2 * squares.reduce((total, square) => total + square)
      }
      expect(loss).to.be.closeTo(reference(), 1e-5 * reference())
      for (const [index, layer] of layers.entries()) {
        for (const [name, values] of [
          [weightsName(index), layer.weights],
          [biasName(index), layer.bias],
        ] as const) {
          const found = gradient(name)
          const largest = found.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
          for (const { index: at, slope } of slopes(values, 6, reference)) {
            expect(found[at], `${name}[${at}]`).to.be.closeTo(slope, 1e-5 * largest)
          }
        }
      }
    })
  }

  it('drops the requested share of hidden units and scales up the others', () => {
    const network = initialNetwork([4, 50, 40, 2], seededRandom(1))
    const masks = drawMasks(
      network,
      batchSize,
      { batchSize, optimizer: adam, l2: 0, dropoutRate: 0.2 },
      seededRandom(2),
    )
    for (const { values } of Object.values(masks)) {
      const kept = values.filter((value) => value > 0)
      expect(new Set(kept)).to.deep.equal(new Set([1.25]))
      expect(kept.length / values.length).to.be.closeTo(0.8, 0.03)
    }
  })
})

describe('evaluateDense', () => {
  it('gives the weighted loss and the probabilities of more samples than fit into one run', async () => {
    const network = initialNetwork([5, 4, 3], seededRandom(7))
    const some = samples(300, 5, 3)
    const { loss, probabilities } = await evaluateDense(network, some)
    const layers = network.map(({ outputs, weights, bias }) => ({
      outputs,
      weights: Float64Array.from(weights),
      bias: Float64Array.from(bias),
    }))
    let expected = 0
    let total = 0
    for (const [n, { features, label, weight }] of some.entries()) {
      const logits = referenceLogits(layers, features, (sum) => 1 / (1 + Math.exp(-sum)))
      expected += weight * (logSumExp(logits) - logits[label]!)
      total += weight
      for (const [k, logit] of logits.entries()) {
        expect(probabilities[n]![k]).to.be.closeTo(Math.exp(logit - logSumExp(logits)), 1e-6)
      }
    }
    expect(probabilities).to.have.length(300)
    expect(loss).to.be.closeTo(expected / total, 1e-5)
  })
})

describe('trainDense', () => {
  const source = seededRandom(1)
  const images = Array.from({ length: 80 }, (_, index) => {
    const label = index % 4 === 0 ? 0 : 1
    return {
      versions: [Float32Array.of(label * 2 - 1 + 0.3 * gaussianDeviate(source), gaussianDeviate(source))],
      label,
    }
  })
  const run = (changes: Partial<DenseTraining> = {}, validation: readonly ImageVersions[] = images.slice(60)) =>
    trainDense(images.slice(0, 60), validation, {
      hidden: [],
      classes: 2,
      optimizer: sgd(0),
      learningRate: 0.5,
      epochs: 12,
      batchSize: 8,
      l2: 1e-3,
      dropoutRate: 0,
      random: seededRandom(5),
      ...changes,
    })

  it('separates the classes, keeps the best epoch and repeats for the same seed', async () => {
    const { network, history, bestEpoch } = await run()
    const all = images.map(({ versions, label }) => ({ features: versions[0]!, label, weight: 1 }))
    const { probabilities } = await evaluateDense(network, all)
    const right = all.filter(({ label }, index) => (probabilities[index]![1]! > 0.5 ? 1 : 0) === label)
    expect(right.length).to.be.at.least(78)
    const losses = history.map(({ validation }) => validation)
    expect(losses[bestEpoch]).to.equal(Math.min(...losses))
    expect((await run()).network).to.deep.equal(network)
  })

  it('returns the weights of the best epoch, not of the last', async () => {
    const { network, history, bestEpoch } = await run({ learningRate: 5, l2: 0.03 })
    expect(bestEpoch).to.be.below(11)
    const weights = [0, 1].map((label) => 60 / (2 * images.slice(0, 60).filter((one) => one.label === label).length))
    const held = images.slice(60).map(({ versions, label }) => ({
      features: versions[0]!,
      label,
      weight: weights[label]!,
    }))
    expect((await evaluateDense(network, held)).loss).to.equal(history[bestEpoch]!.validation)
  })

  it('counts each validation image once, with every version, however many it has', async () => {
    const validation = [
      { versions: [Float32Array.of(2, -1), Float32Array.of(-1, 1), Float32Array.of(-3, 2)], label: 0 },
      { versions: [Float32Array.of(-2, 1)], label: 0 },
      { versions: [Float32Array.of(1, 0), Float32Array.of(-2, 3)], label: 1 },
    ]
    const { network, history } = await run({ epochs: 1 }, validation)
    const lossOf = async ({ versions, label }: ImageVersions) => {
      const samples = versions.map((features) => ({ features, label, weight: 1 }))
      return (await evaluateDense(network, samples)).loss
    }
    const losses = await Promise.all(validation.map(lossOf))
    // 15 of the 60 training images have label 0.
    const expected = (2 * losses[0]! + 2 * losses[1]! + (2 / 3) * losses[2]!) / (2 + 2 + 2 / 3)
    expect(history[0]!.validation).to.be.closeTo(expected, 1e-6)
  })

  it('reports the mean training loss over the images, also if the last batch is partial', async () => {
    const course = await run({ learningRate: 1e-9, l2: 0, epochs: 1 })
    const samples = images
      .slice(0, 60)
      .map(({ versions, label }) => ({ features: versions[0]!, label, weight: label === 0 ? 2 : 2 / 3 }))
    expect(course.history[0]!.training).to.be.closeTo((await evaluateDense(course.network, samples)).loss, 1e-6)
  })

  it('includes the L2 penalty in the training loss only', async () => {
    const [without, with_] = await Promise.all([0, 10].map((l2) => run({ l2, learningRate: 1e-9, epochs: 1 })))
    expect(with_!.history[0]!.training).to.be.above(without!.history[0]!.training + 1)
    expect(with_!.history[0]!.validation).to.be.closeTo(without!.history[0]!.validation, 1e-6)
  })
})
