import type { NamedTensor, NamedTensors } from '../engine/training-step.ts'

/**
 * The running average of weights over the steps (Polyak & Juditsky 1992, in the exponential form): smoother than the weights themselves,
 * and usually better on what was not seen. Young averages follow faster.
 * @param decay weight of the past, 0–1
 * @param steps made so far
 * @param average changed in place
 */
export function followWeights(average: NamedTensors, weights: NamedTensors, decay: number, steps: number): void {
  const kept = Math.min(decay, (1 + steps) / (10 + steps))
  for (const [name, { values }] of average) {
    const now = weights.get(name)!.values
    for (let i = 0; i < values.length; i++) values[i]! += (1 - kept) * (now[i]! - values[i]!)
  }
}

/** A copy of some of the weights, to begin an average with. */
export function copyOf(names: readonly string[], weights: NamedTensors): Map<string, NamedTensor> {
  return new Map(
    names.map((name) => {
      const { shape, values } = weights.get(name)!
      return [name, { shape, values: values.slice() }]
    }),
  )
}
