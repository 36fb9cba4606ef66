import sharp from 'sharp'
import type { ActivationMap } from '../classify/prediction.ts'
import { activationColour, activationOpacity } from './picture-colours.ts'

/** Interleaved RGBA of 8 bits, top row first. */
export interface RgbaRaster {
  readonly width: number
  readonly height: number
  readonly rgba: Uint8Array
}

/**
 * An activation map as a translucent layer.
 * @param width of the layer in pixels; the map is stretched over it with smooth transitions
 */
export async function activationOverlay(map: ActivationMap, width: number, height: number): Promise<RgbaRaster> {
  const bytes = Uint8Array.from(map.samples, (strength) => Math.round(255 * Math.min(Math.max(strength, 0), 1)))
  const strengths = await sharp(bytes, { raw: { width: map.width, height: map.height, channels: 1 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .toColourspace('b-w')
    .raw()
    .toBuffer()
  const shades = Array.from({ length: 256 }, (_, level) => shade(level / 255))
  const rgba = new Uint8Array(width * height * 4)
  for (const [index, level] of strengths.entries()) rgba.set(shades[level]!, index * 4)
  return { width, height, rgba }
}

function shade(strength: number): Uint8Array {
  return Uint8Array.of(...activationColour(strength), Math.round(255 * activationOpacity(strength)))
}
