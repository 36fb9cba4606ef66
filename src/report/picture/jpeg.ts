import sharp from 'sharp'
import type { RgbRaster } from './raster.ts'

/** FHIR sets no limit to base64Binary, servers do: Medplum refuses more than 1 MiB of base64 text. PNGs of radiographs are above it. */
const mostBytes = Math.floor(2 ** 20 / 4) * 3
/** The first loses nothing that eyes would see; the others are for images of mere noise. */
const qualities = [90, 70, 50, 30]

/** A picture as a JPEG file that fits into an attachment of any server. The same pixels give the same bytes. */
export async function pictureJpeg({ rgb, width, height }: RgbRaster): Promise<Uint8Array<ArrayBuffer>> {
  let smallest = new Uint8Array()
  for (const quality of qualities) {
    // Colours at full resolution, for the letters' edges.
    const encoded = sharp(rgb, { raw: { width, height, channels: 3 } }).jpeg({
      quality,
      chromaSubsampling: '4:4:4',
      // Codes made for the picture save a twentieth of its bytes and take as long as all the rest.
      optimiseCoding: false,
    })
    smallest = new Uint8Array(await encoded.toBuffer())
    if (smallest.length <= mostBytes) break
  }
  return smallest
}
