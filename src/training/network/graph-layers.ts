import type { Attribute, OnnxGraph } from '../onnx/onnx-graph.ts'
import type { ConvolutionPlan, Layers } from './resnet.ts'
import { type Trunk, biasName, kernelName } from './trunk-weights.ts'

/**
 * Layers for inference, with weights in the file. Kernels are stored as float16, which halves the file without a
 * measurable loss (docs/training.md).
 */
export function graphLayers(graph: OnnxGraph, { weights }: Trunk): Layers<string> {
  let names = 0
  const unused = (kind: string) => `${kind}.${names++}`
  return {
    convolution(name, input, plan) {
      const kernel = weights.get(kernelName(name))!
      const bias = weights.get(biasName(name))!
      const stored = [
        graph.halfWeights(kernelName(name), kernel.shape, kernel.values),
        graph.weights(biasName(name), bias.shape, bias.values),
      ]
      return graph.operator('Conv', [input, ...stored], name, convolutionAttributes(kernel.shape, plan))
    },
    relu: (input) => graph.operator('Relu', [input], unused('relu')),
    maxPool: (input) =>
      graph.operator('MaxPool', [input], unused('pool'), {
        kernel_shape: [3, 3],
        strides: [2, 2],
        pads: [1, 1, 1, 1],
      }),
    add: (one, other) => graph.operator('Add', [one, other], unused('sum')),
  }
}

/** Attributes of ONNX convolutions of any element type. */
export function convolutionAttributes(
  kernelShape: readonly number[],
  { stride, padding }: ConvolutionPlan,
): Readonly<Record<string, Attribute>> {
  return {
    kernel_shape: kernelShape.slice(2),
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  }
}
