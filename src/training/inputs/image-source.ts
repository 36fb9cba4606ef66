import { resolve } from 'node:path'
import sharp from 'sharp'
import type { Radiograph } from '../../pixels/radiograph.ts'
import { readGrayImage } from '../data/read-image.ts'

/** An image file, unchanged or first resized (Lanczos) to a long side of `longSide` pixels. */
export interface ImageSource {
  readonly file: string
  readonly longSide?: number
}

/** Cache key of a source; the path is absolute, so that the working directory does not matter. */
export function sourceKey({ file, longSide }: ImageSource): string {
  return longSide === undefined ? resolve(file) : `${resolve(file)}@${longSide}`
}

export async function readSource({ file, longSide }: ImageSource): Promise<Radiograph> {
  const whole = await readGrayImage(file)
  if (longSide === undefined) return whole
  const scale = longSide / Math.max(whole.width, whole.height)
  const { data, info } = await sharp(
    Uint8Array.from(whole.samples, (sample) => sample >> 8),
    {
      raw: { width: whole.width, height: whole.height, channels: 1 },
    },
  )
    .resize(Math.round(whole.width * scale), Math.round(whole.height * scale), { fit: 'fill', kernel: 'lanczos3' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, samples: Uint16Array.from(data, (sample) => sample * 257) }
}
