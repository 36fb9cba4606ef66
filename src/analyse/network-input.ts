import type { InputSpec } from '../classify/manifest.ts'
import { type CroppedLungs, toCroppedLungs, toNetworkInput } from '../classify/preprocess.ts'
import type { LungRegion } from '../lungs/lung-region.ts'
import type { Radiograph } from '../pixels/radiograph.ts'
import { type SquareFrame, toSquareFrame } from '../pixels/square-frame.ts'

/** Returns the lungs of a radiograph: serving locates them on the square frame, training located them beforehand. */
export type FindLungs<Lungs> = (frame: SquareFrame, radiograph: Radiograph) => Lungs

export interface NetworkInputOptions {
  /** Changes the square frame before any other step: training moves the child, evaluation hides the lungs. */
  readonly changeFrame?: (frame: SquareFrame) => SquareFrame
  /** Called when a step ends. */
  readonly onStep?: (step: 'display' | 'lungs') => void
}

/**
 * radiograph -> square frame -> lungs -> network input. Serving, training, evaluation and the benchmark all call this
 * function, so that a new step applies to all of them.
 * @throws TriageError LUNGS_FRAME_SIDE, CLASSIFY_BOX_OUTSIDE_IMAGE
 */
export function toNetworkInputOf<Lungs extends LungRegion | CroppedLungs>(
  radiograph: Radiograph,
  spec: InputSpec,
  findLungs: FindLungs<Lungs>,
  options: NetworkInputOptions = {},
): { readonly lungs: Lungs; readonly networkInput: Float32Array<ArrayBuffer> } {
  const { frame, lungs } = findLungsOn(radiograph, spec.preprocessing.squareFrameSide, findLungs, options)
  return { lungs, networkInput: toNetworkInput(frame, asCropped(lungs), radiograph, spec) }
}

function asCropped(lungs: LungRegion | CroppedLungs): CroppedLungs {
  return 'kind' in lungs ? toCroppedLungs(lungs) : lungs
}

/** The first half, radiograph -> square frame -> lungs, for use without a network. */
export function findLungsOn<Lungs>(
  radiograph: Radiograph,
  side: number,
  findLungs: FindLungs<Lungs>,
  { changeFrame, onStep }: NetworkInputOptions = {},
): { readonly frame: SquareFrame; readonly lungs: Lungs } {
  const whole = toSquareFrame(radiograph, side)
  const frame = changeFrame === undefined ? whole : changeFrame(whole)
  onStep?.('display')
  const lungs = findLungs(frame, radiograph)
  onStep?.('lungs')
  return { frame, lungs }
}
