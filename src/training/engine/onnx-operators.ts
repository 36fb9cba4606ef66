import type { Indices, Value } from './tape.ts'

// ONNX operators without a gradient. Each infers its output shape from its input shapes.

/** A value, or a number that becomes a constant of the graph. */
type Operand = Value | number

export function add(one: Value, other: Operand): Value {
  return elementwise('Add', one, other)
}

export function subtract(one: Operand, other: Value): Value {
  return elementwise('Sub', one, other)
}

export function multiply(one: Value, other: Operand): Value {
  return elementwise('Mul', one, other)
}

export function divide(one: Value, other: Value): Value {
  return elementwise('Div', one, other)
}

/** An elementwise operator. */
export function each(opType: 'Neg' | 'Relu' | 'Sigmoid' | 'Sign' | 'Softplus' | 'Sqrt', value: Value): Value {
  return value.tape.compute(opType, [value], value.shape)
}

/** Row-wise. @param logits [N, K] */
export function softmax(logits: Value): Value {
  return logits.tape.compute('Softmax', [logits], logits.shape, { axis: 1 })
}

/** Row-wise. @param logits [N, K] */
export function logSoftmax(logits: Value): Value {
  return logits.tape.compute('LogSoftmax', [logits], logits.shape, { axis: 1 })
}

/**
 * `A B`, or `A B + bias`.
 * @param transposed the matrix to transpose
 */
export function matrixProduct(
  one: Value,
  other: Value,
  { transposed, bias }: { readonly transposed?: 'first' | 'second'; readonly bias?: Value } = {},
): Value {
  const [rows, inner] = transposed === 'first' ? one.shape.toReversed() : one.shape
  const [otherInner, columns] = transposed === 'second' ? other.shape.toReversed() : other.shape
  const shape = [rows!, columns!]
  if (inner !== otherInner || (bias && !isSame(broadcast(shape, bias.shape), shape))) throw unfit('Gemm', one, other)
  const attributes = { ...(transposed === 'first' && { transA: 1 }), ...(transposed === 'second' && { transB: 1 }) }
  return one.tape.compute('Gemm', bias ? [one, other, bias] : [one, other], shape, attributes)
}

/** The sum over the given axes, or over all. Summed axes are removed. */
export function sum(value: Value, ...axes: readonly number[]): Value {
  const { tape } = value
  if (axes.length === 0) return tape.compute('ReduceSum', [value], [], { keepdims: 0 })
  return tape.compute('ReduceSum', [value, tape.integers(...axes)], without(value.shape, axes), { keepdims: 0 })
}

/** The mean over the given axes, which are removed. */
export function mean(value: Value, ...axes: readonly number[]): Value {
  return value.tape.compute('ReduceMean', [value], without(value.shape, axes), { axes, keepdims: 0 })
}

/** The sum of the squares of all values, a scalar. */
export function sumOfSquares(value: Value): Value {
  return value.tape.compute('ReduceSumSquare', [value], [], { keepdims: 0 })
}

export function reshape(value: Value, shape: readonly number[]): Value {
  if (sizeOf(shape) !== sizeOf(value.shape)) throw unfit('Reshape', value, { shape })
  return value.tape.compute('Reshape', [value, value.tape.integers(...shape)], shape)
}

/** @param order the input axis of each output axis */
export function transpose(value: Value, order: readonly number[]): Value {
  const shape = order.map((axis) => value.shape[axis]!)
  return value.tape.compute('Transpose', [value], shape, { perm: order })
}

/** Repeats a value along its axes of length 1. */
export function expand(value: Value, shape: readonly number[]): Value {
  return value.tape.compute('Expand', [value, value.tape.integers(...shape)], broadcast(value.shape, shape))
}

/** Concatenates values along an axis. */
export function concatenate(values: readonly [Value, ...Value[]], axis: number): Value {
  const [{ shape, tape }] = values
  const length = values.reduce((total, value) => total + value.shape[axis]!, 0)
  return tape.compute('Concat', values, shape.with(axis, length), { axis })
}

/** Pads an image [N, C, H, W] with zeros. */
export function pad(image: Value, padding: number): Value {
  const [count, channels, height, width] = image.shape as Shape4
  const shape = [count, channels, height + 2 * padding, width + 2 * padding]
  return image.tape.compute('Pad', [image, image.tape.integers(0, 0, padding, padding, 0, 0, padding, padding)], shape)
}

/** A strided range of rows or columns. */
interface SampleRange {
  readonly start: number
  readonly step: number
  readonly count: number
}

/** Takes rows and columns of an image [N, C, H, W]. */
export function sampleImage(image: Value, rows: SampleRange, columns: SampleRange): Value {
  const { tape, shape } = image
  const endOf = ({ start, step, count }: SampleRange) => start + (count - 1) * step + 1
  const inputs = [
    tape.integers(rows.start, columns.start),
    tape.integers(endOf(rows), endOf(columns)),
    tape.integers(2, 3),
    tape.integers(rows.step, columns.step),
  ]
  return tape.compute('Slice', [image, ...inputs], [...shape.slice(0, 2), rows.count, columns.count])
}

export interface ConvolutionPlan {
  readonly stride: number
  /** Zeros on each side. */
  readonly padding: number
}

type Shape4 = readonly [number, number, number, number]

/**
 * @param image [N, C, H, W]
 * @param kernel [O, C, k, k]
 * @param bias [O]
 * @returns [N, O, H', W']
 */
export function convolution(image: Value, kernel: Value, bias: Value, plan: ConvolutionPlan): Value {
  const [count, channels, height, width] = image.shape as Shape4
  const [outputs, inputs, size] = kernel.shape as Shape4
  if (inputs !== channels) throw unfit('Conv', image, kernel)
  const sideOf = (side: number) => Math.floor((side + 2 * plan.padding - size) / plan.stride) + 1
  const shape = [count, outputs, sideOf(height), sideOf(width)]
  return image.tape.compute('Conv', [image, kernel, bias], shape, convolutionAttributes(kernel, plan))
}

/**
 * Transposed convolution: maps the output of a convolution back to the size of its input.
 * @param maps [N, O, H', W']
 * @param rest rows and columns at the far edges that no stride reached; they become zero
 * @returns [N, C, H, W]
 */
export function transposedConvolution(
  maps: Value,
  kernel: Value,
  plan: ConvolutionPlan,
  rest: readonly [number, number],
): Value {
  const [count, , height, width] = maps.shape as Shape4
  const channels = kernel.shape[1]!
  const shape = [count, channels, reachedBy(height, kernel, plan) + rest[0], reachedBy(width, kernel, plan) + rest[1]]
  const attributes = { ...convolutionAttributes(kernel, plan), output_padding: rest }
  return maps.tape.compute('ConvTranspose', [maps, kernel], shape, attributes)
}

/** Number of input rows or columns from which `count` output rows or columns are computed. */
export function reachedBy(count: number, kernel: Value, { stride, padding }: ConvolutionPlan): number {
  return (count - 1) * stride - 2 * padding + kernel.shape[2]!
}

function convolutionAttributes(kernel: Value, { stride, padding }: ConvolutionPlan) {
  return {
    kernel_shape: kernel.shape.slice(2),
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  }
}

/** 3x3 max pooling with stride 2 and padding 1; also returns the position of each maximum in the flattened image. */
export function maxPool(image: Value): readonly [maxima: Value, places: Indices] {
  const [count, channels, height, width] = image.shape as Shape4
  const shape = [count, channels, Math.floor((height - 1) / 2) + 1, Math.floor((width - 1) / 2) + 1]
  return image.tape.computeIndexed('MaxPool', [image], shape, {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  })
}

/** Adds each value at its position in a flattened tensor of zeros. */
export function scatterSum(values: Value, places: Indices, shape: readonly number[]): Value {
  const { tape } = values
  const flat = [sizeOf(shape)]
  const all = tape.integers(-1)
  const zeros = tape.compute('ConstantOfShape', [tape.integers(...flat)], flat)
  const flatPlaces = tape.compute('Reshape', [places, all], [sizeOf(places.shape)])
  const updates = tape.compute('Reshape', [values, all], [sizeOf(values.shape)])
  const scattered = tape.compute('ScatterElements', [zeros, flatPlaces, updates], flat, { reduction: 'add' })
  return reshape(scattered, shape)
}

/** With ONNX broadcasting: an axis of length 1 is repeated to match the other operand. */
function elementwise(opType: string, one: Operand, other: Value): Value
function elementwise(opType: string, one: Value, other: Operand): Value
function elementwise(opType: string, one: Operand, other: Operand): Value {
  const { tape } = (typeof one === 'number' ? other : one) as Value
  const [first, second] = [one, other].map((operand) => (typeof operand === 'number' ? tape.scalar(operand) : operand))
  return tape.compute(opType, [first!, second!], broadcast(first!.shape, second!.shape))
}

/** ONNX multidirectional broadcasting (ONNX docs/Broadcasting.md). */
function broadcast(one: readonly number[], other: readonly number[]): number[] {
  const axes = Math.max(one.length, other.length)
  return Array.from({ length: axes }, (_, axis) => {
    // Shapes are aligned at the last axis; missing leading axes count as 1.
    const a = one[axis - axes + one.length] ?? 1
    const b = other[axis - axes + other.length] ?? 1
    if (a !== b && a !== 1 && b !== 1) throw unfit('broadcasting', { shape: one }, { shape: other })
    return Math.max(a, b)
  })
}

function without(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.filter((_, axis) => !axes.includes(axis))
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

export function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((size, axis) => size === other[axis])
}

type Shaped = Pick<Value, 'shape'>

function unfit(opType: string, one: Shaped, other: Shaped): Error {
  return new Error(`${opType} cannot combine the shapes [${one.shape.join(', ')}] and [${other.shape.join(', ')}].`)
}
