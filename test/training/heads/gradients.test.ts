import { expect } from 'chai'
import { initialNetwork, predict } from '../../../src/training/heads/dense-network.ts'
import { type Sample, lossGradient } from '../../../src/training/heads/gradients.ts'
import { adam, sgd } from '../../../src/training/heads/optimizers.ts'
import { trainDense } from '../../../src/training/heads/train-dense.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

describe('training of dense layers', () => {
  const random = seededRandom(3)
  const features = () => Float32Array.from({ length: 5 }, () => gaussianDeviate(random))
  const batch: Sample[] = Array.from({ length: 4 }, (_, index) => ({
    features: features(),
    label: index % 3,
    weight: 0.5 + index / 2,
  }))

  for (const sizes of [
    [5, 2],
    [5, 4, 3],
    [5, 4, 4, 3],
  ]) {
    it(`has the gradient of finite differences (${sizes.join('-')})`, () => {
      const network = initialNetwork(sizes, seededRandom(7))
      const samples = batch.map((sample) => ({ ...sample, label: sample.label % sizes.at(-1)! }))
      const { layers } = lossGradient(network, samples, 0.01)
      const loss = () => lossGradient(network, samples, 0.01).loss
      const step = 1e-2
      for (const [index, layer] of network.entries()) {
        for (const name of ['weights', 'bias'] as const) {
          for (let i = 0; i < layer[name].length; i++) {
            const value = layer[name][i]!
            layer[name][i] = value + step
            const above = loss()
            layer[name][i] = value - step
            const below = loss()
            layer[name][i] = value
            expect(layers[index]![name][i]!).to.be.closeTo((above - below) / (2 * step), 2e-4)
          }
        }
      }
    })
  }

  it('has the gradient of finite differences under dropout, too', () => {
    const network = initialNetwork([5, 6, 3], seededRandom(7))
    const dropout = () => ({ rate: 0.5, random: seededRandom(11) })
    const { layers } = lossGradient(network, batch, 0, dropout())
    const weights = network[0]!.weights
    for (let i = 0; i < weights.length; i++) {
      const value = weights[i]!
      weights[i] = value + 1e-2
      const above = lossGradient(network, batch, 0, dropout()).loss
      weights[i] = value - 1e-2
      const below = lossGradient(network, batch, 0, dropout()).loss
      weights[i] = value
      expect(layers[0]!.weights[i]!).to.be.closeTo((above - below) / 2e-2, 2e-4)
    }
  })

  it('takes the step of the Adam paper', () => {
    const parameters = [Float32Array.of(1)]
    const optimizer = adam(0.1)
    optimizer(parameters, [Float32Array.of(2)])
    // After bias correction the first step is the learning rate against the gradient's sign.
    expect(parameters[0]![0]!).to.be.closeTo(0.9, 1e-6)
    optimizer(parameters, [Float32Array.of(-1)])
    // m = (0.9 * 0.2 - 0.1) / 0.19, v = (0.999 * 0.004 + 0.001) / 0.001999: computed by hand from algorithm 1.
    expect(parameters[0]![0]!).to.be.closeTo(0.9 - (0.1 * (0.08 / 0.19)) / Math.sqrt(0.004996 / 0.001999), 1e-6)
  })

  it('learns what is there to learn, keeps the best epoch, and repeats itself', () => {
    const sample = (label: number, source: () => number) => ({
      versions: [Float32Array.of(label * 2 - 1 + 0.3 * gaussianDeviate(source), gaussianDeviate(source))],
      label,
    })
    const source = seededRandom(1)
    const images = Array.from({ length: 80 }, (_, index) => sample(index % 4 === 0 ? 0 : 1, source))
    const run = () =>
      trainDense(images.slice(0, 60), images.slice(60), {
        hidden: [],
        classes: 2,
        optimizer: sgd(0.5),
        epochs: 12,
        batchSize: 8,
        l2: 1e-3,
        dropoutRate: 0,
        random: seededRandom(5),
      })
    const { network, history, bestEpoch } = run()
    const right = images.filter(({ versions, label }) => (predict(network, versions[0]!)[1]! > 0.5 ? 1 : 0) === label)
    expect(right.length).to.be.at.least(78)
    const losses = history.map(({ validation }) => validation)
    expect(losses[bestEpoch]).to.equal(Math.min(...losses))
    expect(run().network).to.deep.equal(network)
  })
})
