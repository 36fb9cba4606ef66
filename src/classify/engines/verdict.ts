import type { NetworkOutput } from '../network-output.ts'
import type { Demand } from './candidates.ts'

/** A provider's outputs for the trial images. */
export interface Trial {
  readonly outputs: readonly NetworkOutput[]
  /** Time for one image after warm-up. */
  readonly ms: number
}

export type Verdict = { readonly kind: 'works' } | { readonly kind: 'fails'; readonly reason: string }

/** Largest permitted difference of a probability from the CPU's. */
const probabilityTolerance = 1e-3

/** Whether a provider may replace the CPU. A driver that computes wrongly must not decide a finding. */
export function verdictOn(trial: Trial, cpu: Trial, demand: Demand): Verdict {
  const apart = furthestApart(trial.outputs, cpu.outputs)
  // NaN fails too.
  if (!(apart <= probabilityTolerance)) {
    return { kind: 'fails', reason: `its probabilities differ from the CPU's by up to ${apart.toPrecision(2)}` }
  }
  if (demand === 'same-numbers-and-faster' && trial.ms >= cpu.ms) {
    return { kind: 'fails', reason: `it takes ${Math.round(trial.ms)} ms per image, the CPU ${Math.round(cpu.ms)} ms` }
  }
  return { kind: 'works' }
}

function furthestApart(ones: readonly NetworkOutput[], others: readonly NetworkOutput[]): number {
  const probabilities = ({ pneumoniaLogit, subtype }: NetworkOutput) => [
    1 / (1 + Math.exp(-pneumoniaLogit)),
    ...[subtype.normal, subtype.viral, subtype.bacterial],
  ]
  const expected = others.flatMap(probabilities)
  return Math.max(...ones.flatMap(probabilities).map((value, index) => Math.abs(value - expected[index]!)))
}
