import type { GateMeasure } from './gate.ts'
import type { HeldOutMeasure } from './judge.ts'

/** What is measured of an atlas and goes into its manifest and card. */
export interface AtlasMeasures {
  readonly heldOut: HeldOutMeasure
  /** On one half of the held-out children, of a gate fitted to the other. */
  readonly gate: GateMeasure
}
