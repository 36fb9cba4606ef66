import sharp from 'sharp'
import type { LungHull } from '../../classify/lung-hull.ts'
import type { Box, Radiograph } from '../../pixels/radiograph.ts'
import type { SquareFrame } from '../../pixels/square-frame.ts'
import { type Random, gaussianDeviate } from '../data/random.ts'
import type { ImageLungs } from './image-lungs.ts'

/**
 * Changes to an image that carry no information about the lungs: size, resampling kernel, blur, sharpening, JPEG,
 * window, position. Training applies them at random, so that the network does not learn how an image was processed.
 */
export interface Variation {
  /** Size of the changed image in pixels. */
  readonly width: number
  readonly height: number
  readonly kernel: 'linear' | 'cubic' | 'mitchell' | 'lanczos2' | 'lanczos3'
  /** Gaussian sigma in pixels of the changed image; 0 = no blur. */
  readonly blurSigma: number
  /** Sigma of the unsharp mask in pixels; 0 = no sharpening. */
  readonly sharpenSigma: number
  /** 1–100. */
  readonly jpegQuality: number
  /** Exponent of the gray values, scaled to 0–1. */
  readonly gamma: number
  /** Window: gain about mid-gray, and shift, of gray values scaled to 0–1; the result is clamped. */
  readonly gain: number
  readonly shift: number
  readonly mirrored: boolean
  /** Degrees, counter-clockwise about the frame's centre, before mirroring. */
  readonly rotationDegrees: number
  /** Shift and growth of the lung box, in shares of its size. */
  readonly boxShift: { readonly x: number; readonly y: number }
  readonly boxGrowth: { readonly x: number; readonly y: number }
}

const kernels = ['linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3'] as const

/** Draws a variation for an image of the given size. Half of them stretch it to 224x224, like the small files. */
export function drawVariation(source: { readonly width: number; readonly height: number }, random: Random): Variation {
  const stretched = random() < 0.5
  const longSide = Math.round(224 * 2 ** (2.8 * random()))
  const scale = longSide / Math.max(source.width, source.height)
  const treatment = random()
  return {
    width: stretched ? 224 : Math.max(64, Math.round(source.width * scale)),
    height: stretched ? 224 : Math.max(64, Math.round(source.height * scale)),
    kernel: kernels[Math.floor(random() * kernels.length)]!,
    blurSigma: treatment < 0.25 ? 0.4 + 0.8 * random() : 0,
    sharpenSigma: treatment > 0.75 ? 0.5 + random() : 0,
    jpegQuality: Math.round(50 + 48 * random()),
    gamma: 2 ** (0.4 * (2 * random() - 1)),
    gain: 2 ** (0.3 * (2 * random() - 1)),
    shift: 0.06 * (2 * random() - 1),
    mirrored: random() < 0.5,
    rotationDegrees: 4 * gaussianDeviate(random),
    boxShift: { x: 0.025 * gaussianDeviate(random), y: 0.025 * gaussianDeviate(random) },
    boxGrowth: { x: 0.03 * gaussianDeviate(random), y: 0.03 * gaussianDeviate(random) },
  }
}

/** Applies the file part of a variation: size, kernel, blur, sharpening, JPEG, window. */
export async function varyImage(radiograph: Radiograph, variation: Variation): Promise<Radiograph> {
  const { width, height, samples } = radiograph
  const gray = Uint8ClampedArray.from(samples, (sample) => {
    const value = (sample / 65535) ** variation.gamma
    return 255 * ((value - 0.5) * variation.gain + 0.5 + variation.shift)
  })
  let image = sharp(gray, { raw: { width, height, channels: 1 } }).resize(variation.width, variation.height, {
    fit: 'fill',
    kernel: variation.kernel,
    fastShrinkOnLoad: false,
  })
  if (variation.blurSigma > 0) image = image.blur(variation.blurSigma)
  if (variation.sharpenSigma > 0) image = image.sharpen({ sigma: variation.sharpenSigma })
  const jpeg = await image.toColourspace('b-w').jpeg({ quality: variation.jpegQuality }).toBuffer()
  const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, samples: Uint16Array.from(data, (sample) => sample * 257) }
}

/** Applies the position part of a variation: rotation and mirroring. Edge values are repeated outside the frame. */
export function varyFrame(frame: SquareFrame, variation: Variation): SquareFrame {
  const { side } = frame
  const radians = (variation.rotationDegrees * Math.PI) / 180
  const cosine = Math.cos(radians)
  const sine = Math.sin(radians)
  const centre = (side - 1) / 2
  const samples = new Float32Array(side * side)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const right = (variation.mirrored ? side - 1 - x : x) - centre
      const down = y - centre
      samples[y * side + x] = sampleAt(
        frame,
        centre + cosine * right - sine * down,
        centre + sine * right + cosine * down,
      )
    }
  }
  return { side, samples }
}

function sampleAt({ side, samples }: SquareFrame, x: number, y: number): number {
  const inX = Math.min(Math.max(x, 0), side - 1)
  const inY = Math.min(Math.max(y, 0), side - 1)
  const left = Math.min(Math.floor(inX), side - 2)
  const top = Math.min(Math.floor(inY), side - 2)
  const across = inX - left
  const down = inY - top
  const at = top * side + left
  const above = samples[at]! * (1 - across) + samples[at + 1]! * across
  const below = samples[at + side]! * (1 - across) + samples[at + side + 1]! * across
  return above * (1 - down) + below * down
}

/** Applies the position part to the lungs. Without an outline the lungs were not found; the box stays unchanged. */
export function varyLungs({ box, outline }: ImageLungs, variation: Variation): ImageLungs {
  if (outline === undefined) return { box }
  return { box: varyBox(box, variation), outline: varyOutline(outline, variation) }
}

/** Rotates and mirrors the outline like the frame. */
function varyOutline(outline: LungHull, { mirrored, rotationDegrees }: Variation): LungHull {
  const radians = (rotationDegrees * Math.PI) / 180
  return outline.map(([x, y]) => {
    const right = Math.cos(radians) * (x - 0.5) + Math.sin(radians) * (y - 0.5)
    const down = Math.cos(radians) * (y - 0.5) - Math.sin(radians) * (x - 0.5)
    return [0.5 + (mirrored ? -right : right), 0.5 + down]
  })
}

/**
 * Mirrors, shifts and grows the lung box; rotation is not applied.
 * @param box in shares of the image, 0–1
 * @returns in shares of the changed image, within it
 */
export function varyBox(box: Box, variation: Variation): Box {
  const mirrored = variation.mirrored ? 1 - box.x - box.width : box.x
  const width = Math.min(1, box.width * (1 + variation.boxGrowth.x))
  const height = Math.min(1, box.height * (1 + variation.boxGrowth.y))
  const x = mirrored + variation.boxShift.x * box.width - (width - box.width) / 2
  const y = box.y + variation.boxShift.y * box.height - (height - box.height) / 2
  return {
    x: Math.min(Math.max(x, 0), 1 - width),
    y: Math.min(Math.max(y, 0), 1 - height),
    width,
    height,
  }
}
