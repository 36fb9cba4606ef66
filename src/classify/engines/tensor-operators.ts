import type * as TensorFlow from '@tensorflow/tfjs-core'
import type { OnnxNode, OnnxWeights } from './onnx-file.ts'

export type Tf = typeof TensorFlow
type Tensor = TensorFlow.Tensor
type Tensor2D = TensorFlow.Tensor2D
type Tensor4D = TensorFlow.Tensor4D

/**
 * Computes one ONNX operator with TensorFlow.js. TensorFlow.js convolves only images as [batch, height, width,
 * channels] with kernels as [height, width, in, out]; ONNX uses [batch, channels, height, width] and [out, in, height,
 * width]. All other tensors have the same layout in both.
 */
type Operator = (tf: Tf, inputs: readonly Tensor[], node: OnnxNode) => Tensor

/** The operators of opset 17 that our networks use (src/training/onnx/network.ts). */
export const operators: Readonly<Record<string, Operator>> = {
  // Weights are converted to float32 when they are read.
  Cast: (_tf, [input]) => input!,
  Conv: (tf, [image, kernel, bias], node) => {
    refuse(node, 'dilations', (values) => values.some((value) => value !== 1))
    refuse(node, 'group', ([groups]) => groups !== 1)
    const padded = pad(tf, image as Tensor4D, node, 0)
    const maps = tf.conv2d(padded, kernel as Tensor4D, stridesOf(node), 'valid')
    return bias === undefined ? maps : tf.add(maps, bias)
  },
  MaxPool: (tf, [image], node) => {
    refuse(node, 'ceil_mode', ([ceil]) => ceil !== 0)
    const [height, width] = node.attributes.get('kernel_shape') ?? []
    return tf.maxPool(pad(tf, image as Tensor4D, node, -Infinity), [height!, width!], stridesOf(node), 'valid')
  },
  Relu: (tf, [input]) => tf.relu(input!),
  Sigmoid: (tf, [input]) => tf.sigmoid(input!),
  Add: (tf, [one, other]) => tf.add(one!, other!),
  Softmax: (tf, [input], node) => {
    refuse(node, 'axis', ([axis]) => axis !== input!.rank - 1 && axis !== -1)
    return tf.softmax(input!)
  },
  GlobalAveragePool: (tf, [image]) => tf.mean(image!, [1, 2], true),
  Flatten: (tf, [input], node) => {
    refuse(node, 'axis', ([axis]) => axis !== 1)
    return tf.reshape(toOnnxOrder(tf, input!), [input!.shape[0], -1])
  },
  ReduceMean: (tf, [input], node) => {
    const keepDims = node.attributes.get('keepdims')?.[0] !== 0
    const mean = tf.mean(toOnnxOrder(tf, input!), [...(node.attributes.get('axes') ?? [])], keepDims)
    return mean.rank === 4 ? tf.transpose(mean, [0, 2, 3, 1]) : mean
  },
  Gemm: (tf, [input, weights, bias], node) => {
    for (const name of ['transA', 'transB']) refuse(node, name, ([transposed]) => transposed !== 0)
    const product = tf.matMul(input as Tensor2D, weights as Tensor2D)
    return bias === undefined ? product : tf.add(product, bias)
  },
}

/** Only kernels have four dimensions. */
export function toTensorFlowOrder(tf: Tf, { shape, values }: OnnxWeights): Tensor {
  const weights = tf.tensor(values, [...shape])
  return weights.rank === 4 ? tf.transpose(weights, [2, 3, 1, 0]) : weights
}

function toOnnxOrder(tf: Tf, input: Tensor): Tensor {
  return input.rank === 4 ? tf.transpose(input, [0, 3, 1, 2]) : input
}

/** Padding is a separate step, because not every back end supports it in convolution and pooling. */
function pad(tf: Tf, image: Tensor4D, node: OnnxNode, value: number): Tensor4D {
  const pads = node.attributes.get('pads') ?? []
  // Stryker disable next-line ConditionalExpression: padding by nothing gives the same image
  if (pads.every((pad) => pad === 0)) return image
  const [top = 0, left = 0, bottom = 0, right = 0] = pads
  return tf.pad4d(image, [[0, 0], [top, bottom], [left, right], [0, 0]], value) // prettier-ignore
}

function stridesOf({ attributes }: OnnxNode): [number, number] {
  const [vertical = 1, horizontal = 1] = attributes.get('strides') ?? []
  return [vertical, horizontal]
}

/** An unsupported attribute that would change the result is an error; it is never ignored. */
function refuse({ attributes, opType }: OnnxNode, name: string, unknown: (values: readonly number[]) => boolean): void {
  const values = attributes.get(name)
  if (values !== undefined && unknown(values)) {
    throw new Error(`the TensorFlow.js engine does not support ${opType} with ${name} ${values.join(', ')}`)
  }
}
