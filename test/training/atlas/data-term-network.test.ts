import { expect } from 'chai'
import { dataTermInputs } from '../../../src/lungs/data-term-features.ts'
import { singleThread } from '../../../src/training/engine/session.ts'
import { StepSession, initialState } from '../../../src/training/engine/step-session.ts'
import { memoryName } from '../../../src/training/engine/training-step.ts'
import {
  dataTermInput,
  dataTermWeight,
  encodeDataTermStep,
  hiddenUnits,
  initialDataTerm,
} from '../../../src/training/atlas/data-term-network.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'
import { type ReferenceLayer, referenceLogits, slopes } from '../dense-reference.ts'

const batchSize = 2048

describe('a training step of the data term', function () {
  this.timeout(60_000)

  it('matches loss and gradients in double precision (43 features, 32 hidden units, 1 output)', async () => {
    const random = seededRandom(2)
    const features = Float32Array.from({ length: batchSize * dataTermInputs }, () => gaussianDeviate(random))
    const targets = Float32Array.from({ length: batchSize }, () => random())
    const weights = initialDataTerm(random)
    const step = await encodeDataTermStep(weights, batchSize)
    const session = await StepSession.open(step, initialState(step, weights), singleThread)
    const batch = {
      [dataTermInput.features]: { shape: [batchSize, dataTermInputs], values: features },
      [dataTermInput.targets]: { shape: [batchSize, 1], values: targets },
    }
    const { loss } = await session.run(batch, 1e-3)
    const { tensors } = session.state()
    await session.close()

    const doubles = (name: string) => Float64Array.from(weights.get(name)!.values)
    const layers: readonly ReferenceLayer[] = [
      { outputs: hiddenUnits, weights: doubles(dataTermWeight.hidden), bias: doubles(dataTermWeight.hiddenBias) },
      { outputs: 1, weights: doubles(dataTermWeight.output), bias: doubles(dataTermWeight.outputBias) },
    ]
    const reference = () => {
      let sum = 0
      for (let n = 0; n < batchSize; n++) {
        const inputs = features.subarray(n * dataTermInputs, (n + 1) * dataTermInputs)
        const probability = 1 / (1 + Math.exp(-referenceLogits(layers, inputs, (value) => Math.max(0, value))[0]!))
        sum -= targets[n]! * Math.log(probability) + (1 - targets[n]!) * Math.log(1 - probability)
      }
      return sum / batchSize
    }
    expect(loss).to.be.closeTo(reference(), 1e-5)
    for (const [name, values] of [
      [dataTermWeight.hidden, layers[0]!.weights],
      [dataTermWeight.hiddenBias, layers[0]!.bias],
      [dataTermWeight.output, layers[1]!.weights],
      [dataTermWeight.outputBias, layers[1]!.bias],
    ] as const) {
      // Adam's first moment after one step is a tenth of the gradient.
      const found = tensors.get(memoryName(name, 0))!.values.map((value) => 10 * value)
      const largest = found.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      for (const { index, slope } of slopes(values, 8, reference)) {
        expect(found[index], `${name}[${index}]`).to.be.closeTo(slope, 1e-4 * largest)
      }
    }
  })
})
