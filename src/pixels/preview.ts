import { type ImageSize, areaSums, fitted } from './area-average.ts'
import type { Radiograph } from './radiograph.ts'

/**
 * A radiograph for viewing: eight bits and only as many pixels as a picture needs, because a study may hold many
 * images.
 */
export interface Preview {
  /** Columns and rows of the source image. */
  readonly width: number
  readonly height: number
  readonly reduced: GrayImage
}

/** Gray values 0 (black) to 255 (white), row-major. */
export interface GrayImage extends ImageSize {
  readonly samples: Uint8Array<ArrayBuffer>
}

/** Reduces a radiograph to the long side `longSide` by area averaging; a smaller radiograph keeps its pixels. */
export function toPreview(radiograph: Radiograph, longSide: number): Preview {
  const { width, height } = radiograph
  const size = fitted(radiograph, longSide)
  return {
    width,
    height,
    reduced: size.width < width || size.height < height ? averaged(radiograph, size) : toGray(radiograph),
  }
}

function toGray({ width, height, samples }: Radiograph): GrayImage {
  return { width, height, samples: Uint8Array.from(samples, (sample) => Math.round(sample / 257)) }
}

function averaged(radiograph: Radiograph, size: ImageSize): GrayImage {
  const scale = (255 / 65535) * (size.width / radiograph.width) * (size.height / radiograph.height)
  const samples = new Uint8Array(size.width * size.height)
  areaSums(radiograph.samples, radiograph, size, (sums, outY) => {
    for (let x = 0; x < size.width; x++) samples[outY * size.width + x] = sums[x]! * scale + 0.5
  })
  return { ...size, samples }
}
