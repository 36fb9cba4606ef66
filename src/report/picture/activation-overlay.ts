import sharp from 'sharp'
import type { ActivationMap } from '../../classify/prediction.ts'
import { release } from '../../pixels/release.ts'
import { activationColour, activationOpacity } from './colours.ts'
import type { RgbaRaster } from './raster.ts'

/**
 * An activation map as a translucent layer.
 * @param width of the layer in pixels; the map is resampled smoothly to it
 */
export async function activationOverlay(map: ActivationMap, width: number, height: number): Promise<RgbaRaster> {
  const bytes = Uint8Array.from(map.samples, (strength) => Math.round(255 * Math.min(Math.max(strength, 0), 1)))
  const strengths = await sharp(bytes, { raw: { width: map.width, height: map.height, channels: 1 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .toColourspace('b-w')
    .raw()
    .toBuffer()
  const shades = Uint32Array.from({ length: 256 }, (_, level) => shade(level / 255))
  const pixels = new Uint32Array(width * height)
  // Stryker disable next-line EqualityOperator: a typed array ignores a value behind its end
  for (let index = 0; index < pixels.length; index++) pixels[index] = shades[strengths[index]!]!
  // Stryker disable next-line CallExpression: only the memory is freed later
  release(strengths)
  return { width, height, rgba: new Uint8Array(pixels.buffer) }
}

/** The four bytes of a pixel as one number, so that a pixel is one write. */
function shade(strength: number): number {
  const rgba = Uint8Array.of(...activationColour(strength), Math.round(255 * activationOpacity(strength)))
  return new Uint32Array(rgba.buffer)[0]!
}
