import type { ConvolutionPlan, Layers } from './resnet.ts'

/** Whether negative values of a layer's output are made zero. */
export type Activation = 'linear' | 'rectified'

/**
 * A network by what is computed in one go: convolutions and sums, each with the rectifier that follows it. What is stored between
 * two of them is a feature map of its own.
 */
export interface FusedLayers<Value> {
  convolution(name: string, input: Value, plan: ConvolutionPlan, activation: Activation): Value
  /** @param name `NAME.sum`, after the convolution that comes first */
  sum(name: string, one: Value, other: Value, activation: Activation): Value
  maxPool(input: Value): Value
}

/** A layer that waits to hear what follows it. */
export interface Pending<Value> {
  readonly name: string
  readonly finish: (activation: Activation) => Value
}

/** Lets a network be told in single layers and built in fused ones. */
export function fuseLayers<Value>(fused: FusedLayers<Value>): Layers<Pending<Value>> {
  const linear = ({ finish }: Pending<Value>) => finish('linear')
  return {
    convolution: (name, input, plan) => {
      const maps = linear(input)
      return { name, finish: (activation) => fused.convolution(name, maps, plan, activation) }
    },
    relu: ({ name, finish }) => finished(name, finish('rectified')),
    maxPool: (input) => finished(input.name, fused.maxPool(linear(input))),
    add: (one, other) => {
      const [first, second] = [linear(one), linear(other)]
      const name = `${one.name}.sum`
      return { name, finish: (activation) => fused.sum(name, first, second, activation) }
    },
  }
}

/** A value that is there. A rectifier after it would be lost, but no network has two in a row. */
export function finished<Value>(name: string, value: Value): Pending<Value> {
  return { name, finish: () => value }
}
