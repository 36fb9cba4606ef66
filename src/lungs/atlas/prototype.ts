import type { Plane } from '../plane.ts'
import { type PreparedImage, type RegistrationSettings, prepareImage } from '../prepared-image.ts'
import type { CoarseDescriptors, SiftFlow } from '../sift-flow.ts'

/** The average of a group of registered children: the appearance of their chests and the position of their lungs. */
export interface Prototype {
  /** Number of distinct children averaged; at least 8, so that the product contains no single child's image. */
  readonly children: number
  /** Mean radiograph, values 0–255, side `frameSide`. */
  readonly appearance: Plane
  /**
   * Share of the children with lung at a sample, 0–1, side `gridSide`. The heart shadow counts as lung, as it does in
   * the training masks.
   */
  readonly lungProbability: Plane
}

/** A prototype with its data for retrieval and registration. */
export interface DescribedPrototype extends Prototype {
  /** Column between the lungs, in samples of the grid. */
  readonly midline: number
  readonly prepared: PreparedImage
  readonly descriptors: CoarseDescriptors
}

/** @throws TriageError LUNGS_FRAME_SIDE if the appearance does not have the frame side of the settings */
export function describePrototype(
  prototype: Prototype,
  settings: RegistrationSettings,
  siftFlow: SiftFlow,
): DescribedPrototype {
  const prepared = prepareImage(prototype.appearance, settings)
  return {
    ...prototype,
    midline: midlineOf(prototype.lungProbability),
    prepared,
    descriptors: siftFlow.describe(prepared.smoothed),
  }
}

/** The column with the least lung in the middle third of the lungs' extent. */
function midlineOf({ side, samples }: Plane): number {
  const columns = new Float64Array(side)
  for (let i = 0; i < samples.length; i++) columns[i % side]! += samples[i]!
  const most = columns.reduce((highest, sum) => Math.max(highest, sum), 0)
  const first = columns.findIndex((sum) => sum > most / 10)
  const last = columns.findLastIndex((sum) => sum > most / 10)
  let midline = (first + last) / 2
  let least = Infinity
  for (let column = Math.ceil((2 * first + last) / 3); column <= (first + 2 * last) / 3; column++) {
    if (columns[column]! >= least) continue
    least = columns[column]!
    midline = column
  }
  return midline
}
