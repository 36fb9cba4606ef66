import * as onnx from './onnx-operators.ts'
import type { Value } from './tape.ts'

/** A parameter and its optimizer state after a step. */
interface Updated {
  readonly parameter: Value
  readonly memory: readonly Value[]
}

/** An optimizer's update rule, as operators of the training graph. */
export interface OptimizerPlan {
  /** Number of optimizer state tensors per parameter. Each has the parameter's shape and starts at zero. */
  readonly memories: number
  /** @param rate the scalar fed at every step, as computed by `rateOfStep` */
  update(parameter: Value, gradient: Value, memory: readonly Value[], rate: Value): Updated
  /** The rate to feed for a nominal learning rate. Steps count from 1. */
  rateOfStep(learningRate: number, step: number): number
}

/** Stochastic gradient descent with momentum as in Keras: `v = m v - rate g`, `w = w + v`. */
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

/** Adam (Kingma & Ba 2015) in the form at the end of section 2: the rate includes the bias correction. */
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
