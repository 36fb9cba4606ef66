import type { InputSpec } from '../../classify/manifest.ts'
import { type SquareFrame, toSquareFrame } from '../../pixels/square-frame.ts'
import { seededRandom } from '../data/random.ts'
import { readGrayImage } from '../data/read-image.ts'
import { type HiddenLungs, paintBox, paintHull, paintMask } from './hide-lungs.ts'
import { type ImageLungs, toNetworkInputWith } from './image-lungs.ts'
import { drawVariation, varyFrame, varyImage, varyLungs } from './variation.ts'

/** One network input to make. `variation` is the seed of the variation; without it the image is not changed. */
export interface InputJob {
  readonly file: string
  readonly lungs: ImageLungs
  readonly variation?: number
  readonly hidden?: HiddenLungs
}

/** Reads an image and makes its network input with the same steps as serving. */
export async function prepareInput(job: InputJob, spec: InputSpec): Promise<Float32Array> {
  const { file, variation: seed, hidden } = job
  const whole = await readGrayImage(file)
  const variation = seed === undefined ? undefined : drawVariation(whole, seededRandom(seed))
  const image = variation === undefined ? whole : await varyImage(whole, variation)
  const inPlace = (frame: SquareFrame) => (variation === undefined ? frame : varyFrame(frame, variation))
  const lungs = variation === undefined ? job.lungs : varyLungs(job.lungs, variation)
  const hide = hidden && (await hiding(hidden, lungs, inPlace))
  return toNetworkInputWith(lungs, image, spec, {
    changeFrame: (frame) => (hide === undefined ? inPlace(frame) : hide(inPlace(frame))),
  })
}

type ChangeFrame = (frame: SquareFrame) => SquareFrame

/** @param inPlace moves a frame as the variation does; it is applied to the mask as well */
async function hiding(hidden: HiddenLungs, lungs: ImageLungs, inPlace: ChangeFrame): Promise<ChangeFrame> {
  const { what, gray } = hidden
  switch (what) {
    case 'lungs': {
      const mask = await readGrayImage(hidden.maskFile)
      return (frame) => paintMask(frame, inPlace(toSquareFrame(mask, frame.side)), gray)
    }
    case 'hull':
      return (frame) => paintHull(frame, lungs, gray)
    case 'box':
      return (frame) => paintBox(frame, lungs, gray)
  }
}
