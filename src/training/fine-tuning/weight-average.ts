import type { NamedTensor, NamedTensors } from '../engine/training-step.ts'

/**
 * Updates the exponential moving average of weights (after Polyak & Juditsky 1992), which usually generalises better
 * than the weights themselves. The decay is lower in the first steps, so that the average follows faster.
 * @param average changed in place
 * @param decay weight of the past, 0–1
 * @param steps number of steps so far
 */
export function followWeights(average: NamedTensors, weights: NamedTensors, decay: number, steps: number): void {
  const kept = Math.min(decay, (1 + steps) / (10 + steps))
  for (const [name, { values }] of average) {
    const now = weights.get(name)!.values
    for (let i = 0; i < values.length; i++) values[i]! += (1 - kept) * (now[i]! - values[i]!)
  }
}

/** Copies the named weights as the start of an average. */
export function copyOf(names: readonly string[], weights: NamedTensors): Map<string, NamedTensor> {
  return new Map(
    names.map((name) => {
      const { shape, values } = weights.get(name)!
      return [name, { shape, values: values.slice() }]
    }),
  )
}
