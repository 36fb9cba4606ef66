import type { ConvolutionPlan, Layers } from './resnet.ts'

/** Activation after a layer; `rectified` is a ReLU. */
type Activation = 'linear' | 'rectified'

/**
 * Layers fused with the ReLU that follows them: convolutions and sums. The output of each fused layer is one stored
 * feature map.
 */
export interface FusedLayers<Value> {
  convolution(name: string, input: Value, plan: ConvolutionPlan, activation: Activation): Value
  /** @param name `NAME.sum`, where NAME is the layer of the first operand */
  sum(name: string, one: Value, other: Value, activation: Activation): Value
  maxPool(input: Value): Value
}

/** A layer that is built once its activation is known. */
interface Pending<Value> {
  readonly name: string
  readonly finish: (activation: Activation) => Value
}

/** Adapts fused layers so that a network can be described in separate layers. */
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

/** The inverse: builds fused layers from separate ones. */
export function separateLayers<Value>(layers: Layers<Value>): FusedLayers<Value> {
  const activated = (value: Value, activation: Activation) => (activation === 'rectified' ? layers.relu(value) : value)
  return {
    convolution: (name, input, plan, activation) => activated(layers.convolution(name, input, plan), activation),
    sum: (_name, one, other, activation) => activated(layers.add(one, other), activation),
    maxPool: (input) => layers.maxPool(input),
  }
}

/** A value that is already built, so a ReLU can no longer be fused into it. */
export function finished<Value>(name: string, value: Value): Pending<Value> {
  return {
    name,
    finish: (activation) => {
      if (activation === 'rectified') throw new Error(`Cannot add a ReLU to ${name}: it is already built.`)
      return value
    },
  }
}

/** A layer is built once for all its consumers, so it cannot be used both with and without a ReLU. */
function pending<Value>(name: string, build: (activation: Activation) => Value): Pending<Value> {
  let built: { readonly activation: Activation; readonly value: Value } | undefined
  return {
    name,
    finish: (activation) => {
      built ??= { activation, value: build(activation) }
      if (built.activation !== activation) throw new Error(`${name} is used both with and without a ReLU.`)
      return built.value
    },
  }
}
