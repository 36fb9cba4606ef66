import type { LungRegion } from '../lungs/lung-region.ts'
import type { Box } from '../pixels/radiograph.ts'
import type { SquareFrame } from '../pixels/square-frame.ts'
import { boxOutside } from './errors.ts'
import { gaussianBlur } from './gaussian.ts'
import { type LungOutline, insideOf, lungOutline } from './lung-outline.ts'
import type { InputSpec } from './manifest.ts'

/** The lungs as the network's input needs them. */
export interface CroppedLungs {
  /** In source pixels. */
  readonly box: Box
  /** Undefined where the lungs were not found and `box` is the whole image. */
  readonly outline: LungOutline | undefined
}

/** Lungs as they were located, for the network's input. */
export function toCroppedLungs(region: LungRegion): CroppedLungs {
  return { box: region.box, outline: region.kind === 'found' ? lungOutline(region.mask) : undefined }
}

/**
 * The network's input for the lungs of one image; the one function for training and serving.
 *
 * What lies outside the lungs (markers, text, collimation, arms) goes with the class in the training data and says nothing of the lungs;
 * filled with an even gray it cannot be learned. The low-pass takes away what the trace of a scanner, a resampling kernel or JPEG leaves and the lungs do not need; without it
 * the same child's image at two sizes gets two answers.
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
  const { width, height } = spec.inputSize
  const smooth = { side: frame.side, samples: gaussianBlur(frame.samples, frame.side, gaussianSigma) }
  const seen = withGrays(smooth, outline, spec)
  const crop = resampleBox(seen, toFrameBox(box, cropMargin, source, frame.side), width, height)
  const input = new Float32Array(3 * crop.length)
  for (const [channel, mean] of spec.normalisation.means.entries()) {
    input.set(
      crop.map((value) => value - mean),
      channel * crop.length,
    )
  }
  return input
}

/** Gray values that standardised lungs have. */
const standardMean = 118
const standardDeviation = 45

/** The frame with its gray values as the network is to see them: contrast first, then what is filled. */
function withGrays(frame: SquareFrame, outline: LungOutline | undefined, { preprocessing }: InputSpec): SquareFrame {
  const { outsideLungs, contrast } = preprocessing
  if (outsideLungs === 'kept' && contrast === 'displayed') return frame
  const inside = outline && insideOf(outline, frame.side)
  const { mean, deviation } = grayStatistics(frame.samples, inside)
  const [target, gain] = contrast === 'standardised' ? [standardMean, standardDeviation / deviation] : [mean, 1]
  const shares = outsideLungs === 'filled' ? inside : undefined
  return {
    side: frame.side,
    samples: frame.samples.map((value, i) => target + (shares?.[i] ?? 1) * gain * (value - mean)),
  }
}

/** Mean and deviation of samples, weighted by how much of each counts; the deviation of an even image is 1, to divide by. */
function grayStatistics(samples: Float32Array, shares: Float32Array | undefined): { mean: number; deviation: number } {
  let weight = 0
  let sum = 0
  let squares = 0
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!
    const share = shares === undefined ? 1 : shares[i]!
    weight += share
    sum += share * value
    squares += share * value * value
  }
  const mean = sum / weight
  return { mean, deviation: Math.max(1, Math.sqrt(Math.max(0, squares / weight - mean * mean))) }
}

/** The box with its margin, in frame samples (not whole ones), cut at the frame's edges. */
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

/** Bilinear resampling between sample centres; the low-pass before it makes that enough for reducing too. */
function resampleBox(frame: SquareFrame, box: Box, width: number, height: number): Float32Array<ArrayBuffer> {
  const columns = bilinearTaps(box.x, box.width, width, frame.side)
  const rows = bilinearTaps(box.y, box.height, height, frame.side)
  const out = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    const upper = rows.first[y]! * frame.side
    const lower = rows.second[y]! * frame.side
    const down = rows.fraction[y]!
    for (let x = 0; x < width; x++) {
      const left = columns.first[x]!
      const right = columns.second[x]!
      const across = columns.fraction[x]!
      const above = frame.samples[upper + left]! * (1 - across) + frame.samples[upper + right]! * across
      const below = frame.samples[lower + left]! * (1 - across) + frame.samples[lower + right]! * across
      out[y * width + x] = above * (1 - down) + below * down
    }
  }
  return out
}

interface BilinearTaps {
  readonly first: Int32Array
  readonly second: Int32Array
  /** Weight of `second`, 0–1. */
  readonly fraction: Float32Array
}

function bilinearTaps(start: number, extent: number, count: number, side: number): BilinearTaps {
  const taps = { first: new Int32Array(count), second: new Int32Array(count), fraction: new Float32Array(count) }
  for (let i = 0; i < count; i++) {
    const position = Math.min(Math.max(start + ((i + 0.5) * extent) / count - 0.5, 0), side - 1)
    taps.first[i] = Math.floor(position)
    taps.second[i] = Math.min(taps.first[i]! + 1, side - 1)
    taps.fraction[i] = position - taps.first[i]!
  }
  return taps
}
