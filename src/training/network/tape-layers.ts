import { convolution } from '../engine/convolution.ts'
import { add, maxPool, relu } from '../engine/operators.ts'
import type { Value } from '../engine/tape.ts'
import type { Layers } from './resnet.ts'
import { biasName, kernelName } from './trunk-weights.ts'

/** Trainable layers: each records its gradient on the tape. */
export function tapeLayers(weight: (name: string) => Value): Layers<Value> {
  return {
    convolution: (name, input, plan) => convolution(input, weight(kernelName(name)), weight(biasName(name)), plan),
    relu: (input) => relu(input),
    maxPool: (input) => maxPool(input),
    add: (one, other) => add(one, other),
  }
}
