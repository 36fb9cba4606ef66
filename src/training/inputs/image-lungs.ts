import { type FindLungs, type NetworkInputOptions, toNetworkInputOf } from '../../analyse/network-input.ts'
import type { LungHull } from '../../classify/lung-hull.ts'
import type { InputSpec } from '../../classify/manifest.ts'
import type { CroppedLungs } from '../../classify/preprocess.ts'
import type { Box, Radiograph } from '../../pixels/radiograph.ts'

/** The lungs of an image of any size: box and outline in shares of its width and height, 0–1. */
export interface ImageLungs {
  readonly box: Box
  readonly outline?: LungHull | undefined
}

/** Makes the network input of a radiograph whose lungs are already located. */
export function toNetworkInputWith(
  lungs: ImageLungs,
  radiograph: Radiograph,
  spec: InputSpec,
  options?: Pick<NetworkInputOptions, 'changeFrame'>,
): Float32Array {
  return toNetworkInputOf(radiograph, spec, inPixels(lungs), options).networkInput
}

function inPixels({ box, outline }: ImageLungs): FindLungs<CroppedLungs> {
  return (_frame, { width, height }) => ({
    box: { x: box.x * width, y: box.y * height, width: box.width * width, height: box.height * height },
    outline,
  })
}
