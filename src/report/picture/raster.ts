import type { ImageSize } from '../../pixels/area-average.ts'
import type { GrayImage } from '../../pixels/preview.ts'
import type { Box } from '../../pixels/radiograph.ts'

/** Interleaved RGB of 8 bits, top row first; length `width * height * 3`. */
export interface RgbRaster extends ImageSize {
  readonly rgb: Uint8Array<ArrayBuffer>
}

/** Interleaved RGBA of 8 bits, top row first, colours not multiplied by their opacity. */
export interface RgbaRaster extends ImageSize {
  readonly rgba: Uint8Array
}

/** Where a layer begins in a raster, in whole pixels; it must lie inside. */
type Place = Pick<Box, 'x' | 'y'>

// Layers are put together here and not by sharp's `composite`, which takes the whole picture through floating point, layer by layer (80 ms for
// what takes 8). Rows are functions of their own, since V8 compiles what is called often, but leaves a long loop slow for a dozen pictures.

/** Puts a gray image into a raster. */
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

/** Puts a layer over a raster, as much of it as its opacity says. */
export function putOver(raster: RgbRaster, { width, height, rgba }: RgbaRaster, { x, y }: Place): void {
  for (let row = 0; row < height; row++)
    putOverRow(raster.rgb, 3 * ((y + row) * raster.width + x), rgba, 4 * row * width, width)
}

function putOverRow(rgb: Uint8Array, start: number, rgba: Uint8Array, from: number, width: number): void {
  let to = start
  for (let source = from; source < from + 4 * width; source += 4) {
    const opacity = rgba[source + 3]!
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
