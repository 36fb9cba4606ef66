import * as onnx from './onnx-operators.ts'
import type { Value } from './tape.ts'

// Differentiable operators: each records its gradient on the tape.

/** `max(x, 0)`; the gradient is passed on where the output is positive. */
export function relu(value: Value): Value {
  const output = onnx.each('Relu', value)
  return value.tape.differentiable(output, [value], (gradient) => [
    () => onnx.multiply(gradient, onnx.each('Sign', output)),
  ])
}

/** `1 / (1 + exp(-x))`, whose derivative is `y (1 - y)`. */
export function sigmoid(value: Value): Value {
  const output = onnx.each('Sigmoid', value)
  return value.tape.differentiable(output, [value], (gradient) => [
    () => onnx.multiply(gradient, onnx.multiply(output, onnx.subtract(1, output))),
  ])
}

/** The sum of two values of equal shape. */
export function add(one: Value, other: Value): Value {
  return one.tape.differentiable(onnx.add(one, other), [one, other], (gradient) => [() => gradient, () => gradient])
}

/** A value times a number. */
export function scale(value: Value, factor: number): Value {
  const by = value.tape.scalar(factor)
  return value.tape.differentiable(onnx.multiply(value, by), [value], (gradient) => [() => onnx.multiply(gradient, by)])
}

/**
 * Inverted dropout (Srivastava et al. 2014): multiplies values by a mask that is fed, 0 for dropped values and
 * `1 / (1 - rate)` for the others.
 */
export function dropout(value: Value, mask: Value): Value {
  return value.tape.differentiable(onnx.multiply(value, mask), [value], (gradient) => [
    () => onnx.multiply(gradient, mask),
  ])
}

/**
 * `x W + b`.
 * @param value [N, I]
 * @param weights [I, O]
 * @param bias [O]
 */
export function dense(value: Value, weights: Value, bias: Value): Value {
  const output = onnx.matrixProduct(value, weights, { bias })
  return value.tape.differentiable(output, [value, weights, bias], (gradient) => [
    () => onnx.matrixProduct(gradient, weights, { transposed: 'second' }),
    () => onnx.matrixProduct(value, gradient, { transposed: 'first' }),
    () => onnx.sum(gradient, 0),
  ])
}

/** 3x3 max pooling with stride 2 and padding 1. If samples tie for the maximum, the first gets the gradient. */
export function maxPool(image: Value): Value {
  const [output, places] = onnx.maxPool(image)
  return image.tape.differentiable(output, [image], (gradient) => [
    // Windows overlap: a sample that is the maximum of several windows gets the sum of their gradients.
    () => onnx.scatterSum(gradient, places, image.shape),
  ])
}

/** Averages each channel: [N, C, H, W] to [N, C]. */
export function globalAveragePool(maps: Value): Value {
  const [count, channels, height, width] = maps.shape as [number, number, number, number]
  return maps.tape.differentiable(onnx.mean(maps, 2, 3), [maps], (gradient) => [
    () => {
      const share = onnx.multiply(gradient, 1 / (height * width))
      return onnx.expand(onnx.reshape(share, [count, channels, 1, 1]), maps.shape)
    },
  ])
}
