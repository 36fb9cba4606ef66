import type { ImageSize } from '../../pixels/area-average.ts'
import type { GrayImage } from '../../pixels/preview.ts'
import type { Box } from '../../pixels/radiograph.ts'

/** Interleaved RGB of 8 bits, top row first; length `width * height * 3`. */
export interface RgbRaster extends ImageSize {
  readonly rgb: Uint8Array<ArrayBuffer>
}

/** Interleaved RGBA of 8 bits, top row first, not premultiplied. */
export interface RgbaRaster extends ImageSize {
  readonly rgba: Uint8Array
}

/** Position of a layer in a raster, in whole pixels; the layer must lie inside. */
type Place = Pick<Box, 'x' | 'y'>

// Layers are combined here because sharp's `composite` converts the whole picture to floating point for each layer (80
// ms instead of 8 ms). Rows are separate functions: V8 optimises a function called often, but leaves one long loop
// slow.

/** Copies a gray image into a raster. */
export function putGray(raster: RgbRaster, { width, height, samples }: GrayImage, { x, y }: Place): void {
  for (let row = 0; row < height; row++)
    putGrayRow(raster.rgb, 3 * ((y + row) * raster.width + x), samples, row * width, width)
}

function putGrayRow(rgb: Uint8Array, start: number, gray: Uint8Array, from: number, width: number): void {
  let to = start
  for (let i = from; i < from + width; i++) {
    const value = gray[i]!
    rgb[to++] = value
    rgb[to++] = value
    rgb[to++] = value
  }
}

/** Blends a layer over a raster by its opacity. */
export function putOver(raster: RgbRaster, { width, height, rgba }: RgbaRaster, { x, y }: Place): void {
  for (let row = 0; row < height; row++)
    putOverRow(raster.rgb, 3 * ((y + row) * raster.width + x), rgba, 4 * row * width, width)
}

function putOverRow(rgb: Uint8Array, start: number, rgba: Uint8Array, from: number, width: number): void {
  let to = start
  for (let source = from; source < from + 4 * width; source += 4) {
    const opacity = rgba[source + 3]!
    // Stryker disable next-line ConditionalExpression: blending gives the same colour, but slowly
    if (opacity === 255) {
      rgb[to] = rgba[source]!
      rgb[to + 1] = rgba[source + 1]!
      rgb[to + 2] = rgba[source + 2]!
    } else if (opacity > 0) {
      rgb[to] = blend(rgb[to]!, rgba[source]!, opacity)
      rgb[to + 1] = blend(rgb[to + 1]!, rgba[source + 1]!, opacity)
      rgb[to + 2] = blend(rgb[to + 2]!, rgba[source + 2]!, opacity)
    }
    to += 3
  }
}

function blend(below: number, above: number, opacity: number): number {
  return below + ((above - below) * opacity) / 255 + 0.5
}
