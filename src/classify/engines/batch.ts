import { inputInvalid, outputInvalid } from '../errors.ts'
import type { NetworkOutput } from '../network-output.ts'

/** Joins inputs into one batch. */
export function joinInputs(inputs: readonly Float32Array[], inputLength: number): Float32Array<ArrayBuffer> {
  const batch = new Float32Array(inputs.length * inputLength)
  for (const [index, input] of inputs.entries()) {
    if (input.length !== inputLength) throw inputInvalid(inputLength, input.length)
    batch.set(input, index * inputLength)
  }
  return batch
}

/**
 * Splits the network's output for a batch into one output per image, each a separate copy.
 * @param valuesOf returns all values of a named output of the network; undefined if it has none
 */
export function splitOutputs(count: number, valuesOf: (name: string) => unknown): NetworkOutput[] {
  const rowsOf = (name: string) => rows(name, valuesOf(name), count)
  const logits = rowsOf('pneumonia_logit')
  const maps = rowsOf('activation_map')
  const subtypes = rowsOf('subtype_probabilities')
  const features = rowsOf('features')
  return logits.map((logit, index) => {
    const [normal, viral, bacterial] = subtypes[index]! as unknown as [number, number, number]
    return {
      pneumoniaLogit: logit[0]!,
      activationMap: maps[index]!,
      activationSide: Math.sqrt(maps[index]!.length),
      subtype: { normal, viral, bacterial },
      features: features[index]!,
    }
  })
}

function rows(name: string, values: unknown, count: number): Float32Array<ArrayBuffer>[] {
  if (!(values instanceof Float32Array)) throw outputInvalid(name, 'is missing or not float32')
  const length = values.length / count
  return Array.from({ length: count }, (_, index) =>
    Float32Array.from(values.subarray(index * length, (index + 1) * length)),
  )
}
