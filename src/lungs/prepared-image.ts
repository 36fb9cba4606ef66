import type { SquareFrame } from '../pixels/square-frame.ts'
import { equalize } from './equalize.ts'
import { frameSideMismatch } from './errors.ts'
import { type Plane, gaussianHalfKernel, reduceByMean, smooth } from './plane.ts'
import { type Profiles, profilesOf } from './profiles.ts'
import type { SiftFlowSettings } from './sift-flow.ts'

/** How images are prepared and registered. Part of the atlas, because atlas and radiographs must be treated alike. */
export interface RegistrationSettings extends SiftFlowSettings {
  /** Side of the square frames that the atlas was made from. */
  readonly frameSide: number
  /**
   * Side of the grid that is registered; divides `frameSide`, and is divisible by 2 for each level above the finest.
   */
  readonly gridSide: number
  /** Gaussian before the descriptors, in samples of the grid. */
  readonly blurSigma: number
  /** Number of prototypes retrieved for an image and registered coarsely. */
  readonly retrieved: number
  /** Number of the best of them that are refined. */
  readonly refined: number
  /** A prototype whose residual exceeds the best one's by this much gets 1/e of its weight. */
  readonly residualScale: number
}

/** An image's data for retrieval and registration, made once per prototype and per radiograph. */
export interface PreparedImage {
  /** Equalised, on the grid that is registered; 0–255. */
  readonly grid: Plane
  /** The grid, low-passed for the descriptors. */
  readonly smoothed: Plane
  readonly profiles: Profiles
}

/** @throws TriageError LUNGS_FRAME_SIDE if the frame does not have the atlas's side */
export function prepareImage(frame: SquareFrame, settings: RegistrationSettings): PreparedImage {
  if (frame.side !== settings.frameSide) throw frameSideMismatch(frame.side, settings.frameSide)
  const grid = reduceByMean(equalize(frame), frame.side / settings.gridSide)
  return { grid, smoothed: smooth(grid, gaussianHalfKernel(settings.blurSigma)), profiles: profilesOf(grid) }
}
