import * as onnx from './onnx-operators.ts'
import type { Value } from './tape.ts'

/**
 * A convolution with bias.
 * @param image [N, C, H, W]
 * @param kernel [O, C, k, k]
 * @param bias [O]
 * @returns [N, O, H', W']
 */
export function convolution(image: Value, kernel: Value, bias: Value, plan: onnx.ConvolutionPlan): Value {
  const output = onnx.convolution(image, kernel, bias, plan)
  return image.tape.differentiable(output, [image, kernel, bias], (gradient) => [
    () => imageGradient(gradient, image, kernel, plan),
    () => kernelGradient(gradient, image, kernel, plan),
    () => onnx.sum(gradient, 0, 2, 3),
  ])
}

type Shape4 = readonly [number, number, number, number]

function imageGradient(gradient: Value, image: Value, kernel: Value, plan: onnx.ConvolutionPlan): Value {
  const rest = (axis: 2 | 3) => image.shape[axis]! - onnx.reachedBy(gradient.shape[axis]!, kernel, plan)
  return onnx.transposedConvolution(gradient, kernel, plan, [rest(2), rest(3)])
}

/**
 * One matrix product per kernel position: the inputs at that position [C, N H' W'] with the gradient [O, N H' W'].
 * The textbook method, a convolution with batch and channels swapped, is several times slower in ONNX Runtime.
 */
function kernelGradient(gradient: Value, image: Value, kernel: Value, plan: onnx.ConvolutionPlan): Value {
  const [outputs, channels, size] = kernel.shape as Shape4
  const errors = channelsFirst(gradient)
  const padded = plan.padding === 0 ? image : onnx.pad(image, plan.padding)
  const places = Array.from({ length: size * size }, (_, place) =>
    channelsFirst(seenBy(padded, gradient, plan.stride, [Math.floor(place / size), place % size])),
  ) as [Value, ...Value[]]
  if (channels < fewChannels) return kernelGradientAtOnce(errors, places, kernel)
  const products = places.map((seen) => onnx.matrixProduct(errors, seen, { transposed: 'second' }))
  if (size === 1) return onnx.reshape(products[0]!, kernel.shape)
  const last = products.map((product) => onnx.reshape(product, [outputs, channels, 1])) as [Value, ...Value[]]
  return onnx.reshape(onnx.concatenate(last, 2), kernel.shape)
}

/** Below this number of channels, the matrices per kernel position are too narrow to be multiplied efficiently. */
const fewChannels = 16

/** One product for all kernel positions, as in im2col: [O, N H' W'] times the transpose of [k k C, N H' W']. */
function kernelGradientAtOnce(errors: Value, places: readonly [Value, ...Value[]], kernel: Value): Value {
  const [outputs, channels, size] = kernel.shape as Shape4
  const product = onnx.matrixProduct(errors, onnx.concatenate(places, 0), { transposed: 'second' })
  return onnx.transpose(onnx.reshape(product, [outputs, size, size, channels]), [0, 3, 1, 2])
}

/** The input samples under one kernel position, in output order. */
function seenBy(
  padded: Value,
  gradient: Value,
  stride: number,
  [row, column]: readonly [row: number, column: number],
): Value {
  const [, , paddedHeight, paddedWidth] = padded.shape as Shape4
  const [, , height, width] = gradient.shape as Shape4
  if (stride === 1 && paddedHeight === height && paddedWidth === width) return padded
  return onnx.sampleImage(
    padded,
    { start: row, step: stride, count: height },
    { start: column, step: stride, count: width },
  )
}

/** Reshapes [N, C, H, W] to the matrix [C, N H W]. */
function channelsFirst(value: Value): Value {
  const [count, channels, height, width] = value.shape as Shape4
  return onnx.reshape(onnx.transpose(value, [1, 0, 2, 3]), [channels, count * height * width])
}
