import sharp from 'sharp'
import type { Radiograph } from '../../pixels/radiograph.ts'

/** Reads a PNG or JPEG as a radiograph: 8-bit gray (colour becomes luminance), scaled from 0–255 to 0–65535. */
export async function readGrayImage(path: string): Promise<Radiograph> {
  const { data, info } = await sharp(path)
    .greyscale()
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const samples = new Uint16Array(data.length)
  for (let i = 0; i < data.length; i++) samples[i] = data[i]! * 257
  return { width: info.width, height: info.height, samples }
}
