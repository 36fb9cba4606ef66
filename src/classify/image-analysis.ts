import type { LungRegion } from '../lungs/lung-region.ts'
import type { Radiograph } from '../pixels/radiograph.ts'
import type { ActivationMap, Decision, Probabilities } from './prediction.ts'

/** Everything seen on one image. `ms` holds milliseconds by step. */
export interface ImageAnalysis {
  readonly radiograph: Radiograph
  readonly lungs: LungRegion
  readonly probabilities: Probabilities
  readonly decision: Decision
  readonly activation: ActivationMap
  readonly ms: Readonly<Record<string, number>>
}
