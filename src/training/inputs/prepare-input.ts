import type { InputSpec } from '../../classify/manifest.ts'
import { toNetworkInput } from '../../classify/preprocess.ts'
import { type SquareFrame, toSquareFrame } from '../../pixels/square-frame.ts'
import { seededRandom } from '../data/random.ts'
import { readGrayImage } from '../data/read-image.ts'
import { type HiddenLungs, paintBox, paintHull, paintMask } from './hide-lungs.ts'
import { type ImageLungs, inPixels } from './image-lungs.ts'
import { drawVariation, varyFrame, varyImage, varyLungs } from './variation.ts'

/** One network input to make. `variation` seeds how the image is changed; without it the image is taken as it is. */
export interface InputJob {
  readonly file: string
  readonly lungs: ImageLungs
  readonly variation?: number
  readonly hidden?: HiddenLungs
}

/** Reads an image and makes its network input, by the very function that serves. */
export async function prepareInput(job: InputJob, spec: InputSpec): Promise<Float32Array> {
  const { file, variation: seed, hidden } = job
  const whole = await readGrayImage(file)
  const side = spec.preprocessing.squareFrameSide
  const variation = seed === undefined ? undefined : drawVariation(whole, seededRandom(seed))
  const image = variation === undefined ? whole : await varyImage(whole, variation)
  const inPlace = (frame: SquareFrame) => (variation === undefined ? frame : varyFrame(frame, variation))
  const lungs = variation === undefined ? job.lungs : varyLungs(job.lungs, variation)
  const frame = inPlace(toSquareFrame(image, side))
  const seen = hidden === undefined ? frame : await hide(frame, lungs, hidden, inPlace)
  return toNetworkInput(seen, inPixels(lungs, image), image, spec)
}

/** @param inPlace what a variation does to the child's position, for the mask too */
async function hide(
  frame: SquareFrame,
  lungs: ImageLungs,
  hidden: HiddenLungs,
  inPlace: (frame: SquareFrame) => SquareFrame,
): Promise<SquareFrame> {
  switch (hidden.what) {
    case 'lungs': {
      const mask = toSquareFrame(await readGrayImage(hidden.maskFile), frame.side)
      return paintMask(frame, inPlace(mask), hidden.gray)
    }
    case 'hull':
      return paintHull(frame, lungs, hidden.gray)
    case 'box':
      return paintBox(frame, lungs, hidden.gray)
  }
}
