import type { InputSpec } from '../../classify/manifest.ts'
import { toNetworkInput } from '../../classify/preprocess.ts'
import { toSquareFrame } from '../../pixels/square-frame.ts'
import { seededRandom } from '../random.ts'
import { readGrayImage } from '../read-image.ts'
import { type ImageLungs, toCroppedLungs } from './image-lungs.ts'
import { drawVariation, varyFrame, varyImage, varyLungs } from './variation.ts'

/** One network input to make. `variation` seeds how the image is changed; without it the image is taken as it is. */
export interface InputJob {
  readonly file: string
  readonly lungs: ImageLungs
  readonly variation?: number
}

/** Reads an image and makes its network input, by the very function that serves. */
export async function prepareInput({ file, lungs, variation: seed }: InputJob, spec: InputSpec): Promise<Float32Array> {
  const whole = await readGrayImage(file)
  const side = spec.preprocessing.squareFrameSide
  if (seed === undefined) return toNetworkInput(toSquareFrame(whole, side), toCroppedLungs(lungs, whole), whole, spec)
  const variation = drawVariation(whole, seededRandom(seed))
  const varied = await varyImage(whole, variation)
  const frame = varyFrame(toSquareFrame(varied, side), variation)
  return toNetworkInput(frame, toCroppedLungs(varyLungs(lungs, variation), varied), varied, spec)
}
