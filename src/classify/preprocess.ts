import type { LungRegion } from '../lungs/lung-region.ts'
import type { Box } from '../pixels/radiograph.ts'
import type { SquareFrame } from '../pixels/square-frame.ts'
import { boxOutside } from './errors.ts'
import { cropChannels } from './crop.ts'
import { gaussianBlur } from './gaussian.ts'
import { withGrays } from './grays.ts'
import { type LungHull, lungHull } from './lung-hull.ts'
import type { InputSpec } from './manifest.ts'

/** The lungs in the form that the network's input needs. */
export interface CroppedLungs {
  /** In source pixels. */
  readonly box: Box
  /** Undefined if the lungs were not found; `box` is then the whole image. */
  readonly outline: LungHull | undefined
}

/** Converts located lungs for the network's input. */
export function toCroppedLungs(region: LungRegion): CroppedLungs {
  return { box: region.box, outline: region.kind === 'found' ? lungHull(region.mask) : undefined }
}

/**
 * The network's input for the lungs of one image. Training and serving share this function.
 *
 * Everything outside the lungs (markers, text, collimation, arms) correlates with the class in the training data but
 * says nothing about the lungs. It is filled with a uniform gray so that it cannot be learned. The low-pass removes
 * traces of scanners, resampling kernels and JPEG, which the lungs do not need; without it, one child's image at two
 * sizes would give two different predictions.
 * @param frame the whole image, values 0–255
 * @param lungs where they are
 * @param source size of the source image in pixels
 * @returns channels blue, green, red one after the other, each row-major, minus ImageNet's means
 * @throws CLASSIFY_BOX_OUTSIDE_IMAGE
 */
export function toNetworkInput(
  frame: SquareFrame,
  { box, outline }: CroppedLungs,
  source: { readonly width: number; readonly height: number },
  spec: InputSpec,
): Float32Array<ArrayBuffer> {
  const { gaussianSigma, cropMargin } = spec.preprocessing
  const smooth = { side: frame.side, samples: gaussianBlur(frame.samples, frame.side, gaussianSigma) }
  return cropChannels(withGrays(smooth, outline, spec), toFrameBox(box, cropMargin, source, frame.side), spec)
}

/** The box with its margin in fractional frame samples, clipped to the frame. */
function toFrameBox(
  box: Box,
  margin: number,
  source: { readonly width: number; readonly height: number },
  side: number,
): Box {
  const left = Math.max(0, box.x - margin * box.width)
  const top = Math.max(0, box.y - margin * box.height)
  const right = Math.min(source.width, box.x + (1 + margin) * box.width)
  const bottom = Math.min(source.height, box.y + (1 + margin) * box.height)
  if (!(right > left && bottom > top)) throw boxOutside()
  const scaleX = side / source.width
  const scaleY = side / source.height
  return { x: left * scaleX, y: top * scaleY, width: (right - left) * scaleX, height: (bottom - top) * scaleY }
}
