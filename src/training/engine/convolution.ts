import type { Tape, Value } from './tape.ts'

interface ConvolutionPlan {
  readonly stride: number
  /** Zeros on each side. */
  readonly padding: number
}

/**
 * A convolution with bias.
 * @param image [N, C, H, W]
 * @param kernel [O, C, k, k]
 * @param bias [O]
 * @returns [N, O, H', W']
 */
export function convolution(tape: Tape, image: Value, kernel: Value, bias: Value, plan: ConvolutionPlan): Value {
  const [count, , height, width] = image.shape as Shape4
  const [outputs, , size] = kernel.shape as Shape4
  const sideOf = (side: number) => Math.floor((side + 2 * plan.padding - size) / plan.stride) + 1
  const output = tape.compute(
    'Conv',
    [image, kernel, bias],
    [count, outputs, sideOf(height), sideOf(width)],
    attributesOf(kernel, plan),
  )
  return tape.differentiable(output, [image, kernel, bias], (gradient) => [
    () => imageGradient(tape, gradient, image, kernel, plan),
    () => kernelGradient(tape, gradient, image, kernel, plan),
    () => tape.compute('ReduceSum', [gradient, tape.integers(0, 2, 3)], bias.shape, { keepdims: 0 }),
  ])
}

type Shape4 = readonly [number, number, number, number]

function attributesOf(kernel: Value, { stride, padding }: ConvolutionPlan) {
  return {
    kernel_shape: kernel.shape.slice(2),
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  }
}

/** The transposed convolution; samples at the far edges that no stride reached get zero through `output_padding`. */
function imageGradient(tape: Tape, gradient: Value, image: Value, kernel: Value, plan: ConvolutionPlan): Value {
  const [, , height, width] = image.shape as Shape4
  const [, , reachedHeight, reachedWidth] = gradient.shape as Shape4
  const size = kernel.shape[2]!
  const rest = (side: number, reached: number) => side - ((reached - 1) * plan.stride - 2 * plan.padding + size)
  return tape.compute('ConvTranspose', [gradient, kernel], image.shape, {
    ...attributesOf(kernel, plan),
    output_padding: [rest(height, reachedHeight), rest(width, reachedWidth)],
  })
}

/**
 * One matrix product for each place of the kernel: what that place saw, as [C, N H' W'], with the gradient as [O, N H' W']. The textbook's
 * way, a convolution with batch and channels swapped, is several times slower in ONNX Runtime.
 */
function kernelGradient(tape: Tape, gradient: Value, image: Value, kernel: Value, plan: ConvolutionPlan): Value {
  const [outputs, channels, size] = kernel.shape as Shape4
  const errors = channelsFirst(tape, gradient)
  const padded = pad(tape, image, plan.padding)
  const places = Array.from({ length: size * size }, (_, place) =>
    channelsFirst(tape, seenBy(tape, padded, gradient, plan.stride, [Math.floor(place / size), place % size])),
  )
  if (channels < fewChannels) return kernelGradientAtOnce(tape, errors, places, kernel)
  const products = places.map((seen) => tape.compute('Gemm', [errors, seen], [outputs, channels], { transB: 1 }))
  if (size === 1) return reshape(tape, products[0]!, kernel.shape)
  const last = products.map((product) => reshape(tape, product, [outputs, channels, 1]))
  return reshape(tape, tape.compute('Concat', last, [outputs, channels, size * size], { axis: 2 }), kernel.shape)
}

/** Of so few channels a matrix product is too thin to be fast. */
const fewChannels = 16

/** All places side by side, as im2col does: [O, N H' W'] times [k k C, N H' W'] transposed. */
function kernelGradientAtOnce(tape: Tape, errors: Value, places: readonly Value[], kernel: Value): Value {
  const [outputs, channels, size] = kernel.shape as Shape4
  const rows = size * size * channels
  const columns = tape.compute('Concat', places, [rows, errors.shape[1]!], { axis: 0 })
  const product = tape.compute('Gemm', [errors, columns], [outputs, rows], { transB: 1 })
  const byPlace = reshape(tape, product, [outputs, size, size, channels])
  return tape.compute('Transpose', [byPlace], kernel.shape, { perm: [0, 3, 1, 2] })
}

function pad(tape: Tape, image: Value, padding: number): Value {
  if (padding === 0) return image
  const [count, channels, height, width] = image.shape as Shape4
  const shape = [count, channels, height + 2 * padding, width + 2 * padding]
  return tape.compute('Pad', [image, tape.integers(0, 0, padding, padding, 0, 0, padding, padding)], shape)
}

/** The samples that one place of the kernel met, in the order of the output. */
function seenBy(
  tape: Tape,
  padded: Value,
  gradient: Value,
  stride: number,
  [row, column]: readonly [number, number],
): Value {
  const [count, channels, paddedHeight, paddedWidth] = padded.shape as Shape4
  const [, , height, width] = gradient.shape as Shape4
  if (stride === 1 && paddedHeight === height && paddedWidth === width) return padded
  const ends = [row + (height - 1) * stride + 1, column + (width - 1) * stride + 1]
  const range = [tape.integers(row, column), tape.integers(...ends), tape.integers(2, 3), tape.integers(stride, stride)]
  return tape.compute('Slice', [padded, ...range], [count, channels, height, width])
}

/** [N, C, H, W] as the matrix [C, N H W]. */
function channelsFirst(tape: Tape, value: Value): Value {
  const [count, channels, height, width] = value.shape as Shape4
  const swapped = tape.compute('Transpose', [value], [channels, count, height, width], { perm: [1, 0, 2, 3] })
  return reshape(tape, swapped, [channels, count * height * width])
}

function reshape(tape: Tape, value: Value, shape: readonly number[]): Value {
  return tape.compute('Reshape', [value, tape.integers(...shape)], shape)
}
