import type { Tape, Value } from './tape.ts'

/** `max(x, 0)`; the gradient passes where the output is positive. */
export function relu(tape: Tape, value: Value): Value {
  const output = tape.compute('Relu', [value], value.shape)
  return tape.differentiable(output, [value], (gradient) => [
    () => tape.compute('Mul', [gradient, tape.compute('Sign', [output], value.shape)], value.shape),
  ])
}

/** `1 / (1 + exp(-x))`, whose derivative is `y (1 - y)`. */
export function sigmoid(tape: Tape, value: Value): Value {
  const { shape } = value
  const output = tape.compute('Sigmoid', [value], shape)
  return tape.differentiable(output, [value], (gradient) => [
    () => {
      const slope = tape.compute('Mul', [output, tape.compute('Sub', [tape.scalar(1), output], shape)], shape)
      return tape.compute('Mul', [gradient, slope], shape)
    },
  ])
}

/** The sum of two values of one shape. */
export function add(tape: Tape, one: Value, other: Value): Value {
  const output = tape.compute('Add', [one, other], one.shape)
  return tape.differentiable(output, [one, other], (gradient) => [() => gradient, () => gradient])
}

/** Values times a mask that is fed: 0 for what is dropped, `1 / (1 - rate)` for the rest (inverted dropout, Srivastava et al. 2014). */
export function dropout(tape: Tape, value: Value, mask: Value): Value {
  const output = tape.compute('Mul', [value, mask], value.shape)
  return tape.differentiable(output, [value], (gradient) => [() => tape.compute('Mul', [gradient, mask], value.shape)])
}

/**
 * `x W + b`.
 * @param value [N, I]
 * @param weights [I, O]
 * @param bias [O]
 */
export function dense(tape: Tape, value: Value, weights: Value, bias: Value): Value {
  const output = tape.compute('Gemm', [value, weights, bias], [value.shape[0]!, weights.shape[1]!])
  return tape.differentiable(output, [value, weights, bias], (gradient) => [
    () => tape.compute('Gemm', [gradient, weights], value.shape, { transB: 1 }),
    () => tape.compute('Gemm', [value, gradient], weights.shape, { transA: 1 }),
    () => tape.compute('ReduceSum', [gradient, tape.integers(0)], bias.shape, { keepdims: 0 }),
  ])
}

/** 3x3 maxima at every second sample, edges padded. Where two samples are the maximum, the first gets the gradient. */
export function maxPool(tape: Tape, image: Value): Value {
  const [count, channels, height, width] = image.shape as [number, number, number, number]
  const shape = [count, channels, Math.floor((height - 1) / 2) + 1, Math.floor((width - 1) / 2) + 1]
  const [output, chosen] = tape.computeTwo('MaxPool', [image], shape, {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  })
  return tape.differentiable(output, [image], (gradient) => [
    () => {
      // ONNX gives the maxima's places in the flattened image; windows overlap, so gradients add up there.
      const all = tape.integers(-1)
      const flat = [image.shape.reduce((product, size) => product * size, 1)]
      const zeros = tape.compute('ConstantOfShape', [tape.integers(...flat)], flat)
      const places = tape.compute('Reshape', [chosen, all], [])
      const updates = tape.compute('Reshape', [gradient, all], [])
      const scattered = tape.compute('ScatterElements', [zeros, places, updates], flat, { reduction: 'add' })
      return tape.compute('Reshape', [scattered, tape.integers(...image.shape)], image.shape)
    },
  ])
}

/** The mean of each channel: [N, C, H, W] to [N, C]. */
export function globalAveragePool(tape: Tape, maps: Value): Value {
  const [count, channels, height, width] = maps.shape as [number, number, number, number]
  const output = tape.compute('ReduceMean', [maps], [count, channels], { axes: [2, 3], keepdims: 0 })
  return tape.differentiable(output, [maps], (gradient) => [
    () => {
      const share = tape.compute('Mul', [gradient, tape.scalar(1 / (height * width))], gradient.shape)
      const single = tape.compute('Reshape', [share, tape.integers(count, channels, 1, 1)], [count, channels, 1, 1])
      return tape.compute('Expand', [single, tape.integers(...maps.shape)], maps.shape)
    },
  ])
}

/**
 * Softmax cross-entropy, weighted by sample, mean over the batch.
 * @param logits [N, K]
 * @param targets probabilities [N, K]; each row's sum is 1
 * @param weights [N, 1]
 * @returns a scalar
 */
export function crossEntropy(tape: Tape, logits: Value, targets: Value, weights: Value): Value {
  const { shape } = logits
  const scaled = tape.compute('Mul', [weights, tape.scalar(1 / shape[0]!)], weights.shape)
  const logProbabilities = tape.compute('LogSoftmax', [logits], shape, { axis: 1 })
  const likelihood = tape.compute('Mul', [tape.compute('Mul', [targets, logProbabilities], shape), scaled], shape)
  const output = tape.compute('Neg', [tape.compute('ReduceSum', [likelihood], [], { keepdims: 0 })], [])
  return tape.differentiable(output, [logits], (gradient) => [
    () => {
      const excess = tape.compute('Sub', [tape.compute('Softmax', [logits], shape, { axis: 1 }), targets], shape)
      return tape.compute('Mul', [tape.compute('Mul', [excess, scaled], shape), gradient], shape)
    },
  ])
}
