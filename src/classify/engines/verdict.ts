import type { NetworkOutput } from '../network-output.ts'
import type { Demand } from './candidates.ts'

/** What a provider made of the trial's images. */
export interface Trial {
  readonly outputs: readonly NetworkOutput[]
  /** Of one image, once warm. */
  readonly ms: number
}

export type Verdict = { readonly kind: 'works' } | { readonly kind: 'fails'; readonly reason: string }

/** Furthest that a probability may lie from the CPU's. */
const probabilityTolerance = 1e-3

/** Whether a provider may compute in the CPU's place. A driver that computes wrongly must not decide a finding. */
export function verdictOn(trial: Trial, cpu: Trial, demand: Demand): Verdict {
  const apart = furthestApart(trial.outputs, cpu.outputs)
  // Not a number fails too.
  if (!(apart <= probabilityTolerance)) {
    return { kind: 'fails', reason: `its probabilities lie ${apart.toPrecision(2)} from the CPU's` }
  }
  if (demand === 'same-numbers-and-faster' && trial.ms >= cpu.ms) {
    return { kind: 'fails', reason: `it takes ${Math.round(trial.ms)} ms an image, the CPU ${Math.round(cpu.ms)} ms` }
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
