import sharp from 'sharp'
import type { RgbRaster } from './raster.ts'

/**
 * FHIR does not limit base64Binary, but servers do: Medplum rejects more than 1 MiB of base64 text. PNG files of
 * radiographs exceed that.
 */
const mostBytes = Math.floor(2 ** 20 / 4) * 3
/** The first is visually lossless; the others are for images of pure noise. */
const qualities = [90, 70, 50, 30]

/** A picture as a JPEG file small enough for an attachment on any server. The same pixels give the same bytes. */
export async function pictureJpeg({ rgb, width, height }: RgbRaster): Promise<Uint8Array<ArrayBuffer>> {
  let smallest = new Uint8Array()
  for (const quality of qualities) {
    // Full colour resolution keeps the edges of letters sharp.
    const encoded = sharp(rgb, { raw: { width, height, channels: 3 } }).jpeg({
      quality,
      chromaSubsampling: '4:4:4',
      // Optimised codes save a twentieth of the bytes and double the time.
      optimiseCoding: false,
    })
    smallest = new Uint8Array(await encoded.toBuffer())
    if (smallest.length <= mostBytes) break
  }
  return smallest
}
