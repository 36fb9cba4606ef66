import { expect } from 'chai'
import sharp from 'sharp'
import { pictureJpeg } from '../../../src/report/picture/jpeg.ts'
import { seededRandom } from '../../../src/training/data/random.ts'

/** Bytes whose base64 text has 1 MiB, the most that every FHIR server takes. */
const mostBytes = 786432

describe('the JPEG file of a picture', () => {
  // Noise of these heights fits at each quality, and at none.
  for (const [height, quality] of [
    [100, 90],
    [560, 70],
    [800, 50],
    [1000, 30],
    [1500, 30],
  ] as const) {
    it(`has the highest quality that fits into an attachment: ${quality} for noise of 1000 x ${height}`, async () => {
      const random = seededRandom(height)
      const raster = {
        width: 1000,
        height,
        rgb: Uint8Array.from({ length: 3000 * height }, () => 256 * random()),
      }
      const encoded = (of: number) =>
        sharp(raster.rgb, { raw: { width: 1000, height, channels: 3 } })
          .jpeg({ quality: of, chromaSubsampling: '4:4:4', optimiseCoding: false })
          .toBuffer()
      const sizes = await Promise.all([90, 70, 50, 30].map(async (of) => (await encoded(of)).length))
      const fits = sizes.findIndex((size) => size <= mostBytes)
      expect([90, 70, 50, 30].at(fits), `sizes ${sizes.join()}`).to.equal(quality)
      expect(Buffer.compare(await pictureJpeg(raster), await encoded(quality))).to.equal(0)
    })
  }
})
