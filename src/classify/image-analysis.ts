import type { LungRegion } from '../lungs/lung-region.ts'
import type { Preview } from '../pixels/preview.ts'
import type { ActivationMap, Decision, Probabilities } from './prediction.ts'

/** Everything found on one image. `ms` holds milliseconds per step. */
export interface ImageAnalysis {
  /** What the image shows, see pixels/display-digest.ts. */
  readonly displayDigest: string
  readonly preview: Preview
  readonly lungs: LungRegion
  readonly probabilities: Probabilities
  readonly decision: Decision
  readonly activation: ActivationMap
  readonly ms: Readonly<Record<string, number>>
}
