import type { Tape, Value } from './tape.ts'

/** A parameter after a step, with what the optimizer remembers of it. */
export interface Updated {
  readonly parameter: Value
  readonly memory: readonly Value[]
}

/** How parameters move against their gradients, as operators of the training graph. */
export interface OptimizerPlan {
  /** Tensors of the parameter's shape that are kept from step to step; zero at the start. */
  readonly memories: number
  /** @param rate learning rate, a scalar that is fed at every step; of `rateOfStep` where there is one */
  update(tape: Tape, parameter: Value, gradient: Value, memory: readonly Value[], rate: Value): Updated
  /** The rate to feed at a step counted from 1, for a nominal learning rate. */
  rateOfStep(learningRate: number, step: number): number
}

/** Stochastic gradient descent with momentum as Keras has it: `v = m v - rate g`, `w = w + v`. */
export function sgd(momentum: number): OptimizerPlan {
  return {
    memories: 1,
    update(tape, parameter, gradient, [velocity], rate) {
      const { shape } = parameter
      const kept = tape.compute('Mul', [velocity!, tape.scalar(momentum)], shape)
      const next = tape.compute('Sub', [kept, tape.compute('Mul', [gradient, rate], shape)], shape)
      return { parameter: tape.compute('Add', [parameter, next], shape), memory: [next] }
    },
    rateOfStep: (learningRate) => learningRate,
  }
}

const beta1 = 0.9
const beta2 = 0.999
const epsilon = 1e-8

/** Adam (Kingma & Ba 2015), in the form of the end of its section 2: the bias corrections are in the rate. */
export const adam: OptimizerPlan = {
  memories: 2,
  update(tape, parameter, gradient, [mean, variance], rate) {
    const { shape } = parameter
    const scaled = (value: Value, factor: number) => tape.compute('Mul', [value, tape.scalar(factor)], shape)
    const squared = tape.compute('Mul', [gradient, gradient], shape)
    const nextMean = tape.compute('Add', [scaled(mean!, beta1), scaled(gradient, 1 - beta1)], shape)
    const nextVariance = tape.compute('Add', [scaled(variance!, beta2), scaled(squared, 1 - beta2)], shape)
    const deviation = tape.compute('Add', [tape.compute('Sqrt', [nextVariance], shape), tape.scalar(epsilon)], shape)
    const move = tape.compute('Div', [tape.compute('Mul', [nextMean, rate], shape), deviation], shape)
    return { parameter: tape.compute('Sub', [parameter, move], shape), memory: [nextMean, nextVariance] }
  },
  rateOfStep: (learningRate, step) => (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step),
}
