import * as onnx from './onnx-operators.ts'
import type { Value } from './tape.ts'

/** A parameter after a step, with what the optimizer remembers of it. */
interface Updated {
  readonly parameter: Value
  readonly memory: readonly Value[]
}

/** How parameters move against their gradients, as operators of the training graph. */
export interface OptimizerPlan {
  /** Tensors of the parameter's shape that are kept from step to step; zero at the start. */
  readonly memories: number
  /** @param rate learning rate, a scalar that is fed at every step; of `rateOfStep` where there is one */
  update(parameter: Value, gradient: Value, memory: readonly Value[], rate: Value): Updated
  /** The rate to feed at a step counted from 1, for a nominal learning rate. */
  rateOfStep(learningRate: number, step: number): number
}

/** Stochastic gradient descent with momentum as Keras has it: `v = m v - rate g`, `w = w + v`. */
export function sgd(momentum: number): OptimizerPlan {
  return {
    memories: 1,
    update(parameter, gradient, [velocity], rate) {
      const next = onnx.subtract(onnx.multiply(velocity!, momentum), onnx.multiply(gradient, rate))
      return { parameter: onnx.add(parameter, next), memory: [next] }
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
  update(parameter, gradient, [mean, variance], rate) {
    const squared = onnx.multiply(gradient, gradient)
    const nextMean = onnx.add(onnx.multiply(mean!, beta1), onnx.multiply(gradient, 1 - beta1))
    const nextVariance = onnx.add(onnx.multiply(variance!, beta2), onnx.multiply(squared, 1 - beta2))
    const deviation = onnx.add(onnx.each('Sqrt', nextVariance), epsilon)
    const move = onnx.divide(onnx.multiply(nextMean, rate), deviation)
    return { parameter: onnx.subtract(parameter, move), memory: [nextMean, nextVariance] }
  },
  rateOfStep: (learningRate, step) => (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step),
}
