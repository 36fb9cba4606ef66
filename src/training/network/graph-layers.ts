import type { OnnxGraph } from '../export/onnx-graph.ts'
import type { Layers } from './resnet.ts'
import { type Trunk, biasName, kernelName } from './trunk-weights.ts'

/** Layers for computing only, with their weights in the file: kernels as float16, which costs nothing measurable and halves it. */
export function graphLayers(graph: OnnxGraph, { weights }: Trunk): Layers<string> {
  let names = 0
  const unused = (kind: string) => `${kind}.${names++}`
  return {
    convolution(name, input, { stride, padding }) {
      const kernel = weights.get(kernelName(name))!
      const bias = weights.get(biasName(name))!
      const stored = [
        graph.halfWeights(kernelName(name), kernel.shape, kernel.values),
        graph.weights(biasName(name), bias.shape, bias.values),
      ]
      return graph.operator('Conv', [input, ...stored], name, {
        kernel_shape: kernel.shape.slice(2),
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
      })
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
