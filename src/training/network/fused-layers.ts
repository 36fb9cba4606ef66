import type { ConvolutionPlan, Layers } from './resnet.ts'

/** Whether negative values of a layer's output are made zero. */
type Activation = 'linear' | 'rectified'

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
interface Pending<Value> {
  readonly name: string
  readonly finish: (activation: Activation) => Value
}

/** Lets a network be told in single layers and built in fused ones. */
export function fuseLayers<Value>(fused: FusedLayers<Value>): Layers<Pending<Value>> {
  const linear = ({ finish }: Pending<Value>) => finish('linear')
  return {
    convolution: (name, input, plan) => {
      const maps = linear(input)
      return pending(name, (activation) => fused.convolution(name, maps, plan, activation))
    },
    relu: ({ name, finish }) => finished(name, finish('rectified')),
    maxPool: (input) => finished(input.name, fused.maxPool(linear(input))),
    add: (one, other) => {
      const [first, second] = [linear(one), linear(other)]
      const name = `${one.name}.sum`
      return pending(name, (activation) => fused.sum(name, first, second, activation))
    },
  }
}

/** The other way: fused layers built of single ones. */
export function separateLayers<Value>(layers: Layers<Value>): FusedLayers<Value> {
  const activated = (value: Value, activation: Activation) => (activation === 'rectified' ? layers.relu(value) : value)
  return {
    convolution: (name, input, plan, activation) => activated(layers.convolution(name, input, plan), activation),
    sum: (_name, one, other, activation) => activated(layers.add(one, other), activation),
    maxPool: (input) => layers.maxPool(input),
  }
}

/** A value that is there, to which no rectifier can be added any more. */
export function finished<Value>(name: string, value: Value): Pending<Value> {
  return {
    name,
    finish: (activation) => {
      if (activation === 'rectified') throw new Error(`A rectifier follows ${name}, which is finished.`)
      return value
    },
  }
}

/** A layer is built once, however many read it; it cannot be both with and without a rectifier. */
function pending<Value>(name: string, build: (activation: Activation) => Value): Pending<Value> {
  let built: { readonly activation: Activation; readonly value: Value } | undefined
  return {
    name,
    finish: (activation) => {
      built ??= { activation, value: build(activation) }
      if (built.activation !== activation) throw new Error(`${name} is read with and without a rectifier.`)
      return built.value
    },
  }
}
