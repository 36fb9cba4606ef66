import type { Tape, Value } from '../engine/tape.ts'
import type { NamedTensor } from '../engine/training-step.ts'

/** One labelled sample. `weight` balances the classes. */
export interface Sample {
  readonly features: Float32Array
  readonly label: number
  readonly weight: number
}

const inputNames = { features: 'features', targets: 'targets', sampleWeights: 'sample_weights' } as const

/** Dimensions of a graph's batch. */
interface BatchShape {
  readonly rows: number
  readonly features: number
  readonly classes: number
}

/** Declares a graph's batch inputs. */
export function batchInputs(
  tape: Tape,
  { rows, features, classes }: BatchShape,
): Readonly<Record<keyof typeof inputNames, Value>> {
  return {
    features: tape.input(inputNames.features, [rows, features]),
    targets: tape.input(inputNames.targets, [rows, classes]),
    sampleWeights: tape.input(inputNames.sampleWeights, [rows, 1]),
  }
}

/**
 * A batch in the graph's shape. The graph takes the mean over all rows. In a smaller batch the unused rows get weight 0
 * and the sample weights are scaled up, so that the result is still the mean over the samples.
 */
export function toBatch(
  samples: readonly Sample[],
  { rows, features, classes }: BatchShape,
): Record<string, NamedTensor> {
  const values = new Float32Array(rows * features)
  const targets = new Float32Array(rows * classes)
  const weights = new Float32Array(rows)
  for (const [row, sample] of samples.entries()) {
    values.set(sample.features, row * features)
    targets[row * classes + sample.label] = 1
    weights[row] = sample.weight * (rows / samples.length)
  }
  return {
    [inputNames.features]: { shape: [rows, features], values },
    [inputNames.targets]: { shape: [rows, classes], values: targets },
    [inputNames.sampleWeights]: { shape: [rows, 1], values: weights },
  }
}
