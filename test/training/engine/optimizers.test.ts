import { expect } from 'chai'
import { scale } from '../../../src/training/engine/operators.ts'
import { type OptimizerPlan, adam, sgd } from '../../../src/training/engine/optimizers.ts'
import { singleThread } from '../../../src/training/engine/session.ts'
import { type StepLoss, StepSession, initialState } from '../../../src/training/engine/step-session.ts'
import { encodeTrainingStep } from '../../../src/training/engine/training-step.ts'

/** Takes two steps from weight 1 with a loss of this slope; returns the losses and the weight after each step. */
async function steps(optimizer: OptimizerPlan, { slope, rate, l2 = 0 }: { slope: number; rate: number; l2?: number }) {
  const weights = new Map([['w', { shape: [], values: Float32Array.of(1) }]])
  const step = await encodeTrainingStep({
    weights,
    isTrained: () => true,
    isDecayed: () => true,
    l2,
    optimizer,
    addLoss: (_tape, weight) => scale(weight('w'), slope),
  })
  const session = await StepSession.open(step, initialState(step, weights), singleThread)
  const losses: StepLoss[] = []
  const values: number[] = []
  for (let index = 0; index < 2; index++) {
    losses.push(await session.run({}, rate))
    values.push(session.weights().get('w')!.values[0]!)
  }
  await session.close()
  return { losses, values }
}

describe('optimizers', () => {
  it('SGD without momentum moves by the learning rate times the gradient', async () => {
    const { values } = await steps(sgd(0), { slope: 2, rate: 0.1 })
    expect(values[0]).to.be.closeTo(0.8, 1e-6)
    expect(values[1]).to.be.closeTo(0.6, 1e-6)
  })

  it('SGD with momentum 0.9 keeps 0.9 of its velocity', async () => {
    const { values } = await steps(sgd(0.9), { slope: 2, rate: 0.1 })
    expect(values[0]).to.be.closeTo(0.8, 1e-6)
    expect(values[1]).to.be.closeTo(0.8 - 0.9 * 0.2 - 0.2, 1e-6)
  })

  it('Adam follows algorithm 1 of Kingma & Ba 2015', async () => {
    // The L2 penalty makes the second gradient differ from the first.
    const { values } = await steps(adam, { slope: 2, rate: 0.1, l2: 5 })
    const gradients = [2 + 10 * 1, 2 + 10 * 0.9] as const
    // After bias correction the first step is the learning rate against the gradient's sign.
    expect(values[0]).to.be.closeTo(0.9, 1e-6)
    const mean = (0.9 * 0.1 * gradients[0] + 0.1 * gradients[1]) / (1 - 0.9 ** 2)
    const variance = (0.999 * 0.001 * gradients[0] ** 2 + 0.001 * gradients[1] ** 2) / (1 - 0.999 ** 2)
    expect(values[1]).to.be.closeTo(0.9 - (0.1 * mean) / Math.sqrt(variance), 1e-6)
  })

  it('an L2 penalty is reported separately from the loss and shrinks the weights', async () => {
    const { losses, values } = await steps(sgd(0), { slope: 2, rate: 0.1, l2: 0.5 })
    expect(losses[0]).to.deep.equal({ loss: 2, penalty: 0.5 })
    expect(values[0]).to.be.closeTo(1 - 0.1 * (2 + 2 * 0.5), 1e-6)
    expect(losses[1]!.penalty).to.be.closeTo(0.5 * 0.7 ** 2, 1e-6)
  })
})
