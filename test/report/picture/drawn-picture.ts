import type { ImagePrediction } from '../../../src/classify/prediction.ts'
import type { Preview } from '../../../src/pixels/preview.ts'
import type { PictureFonts } from '../../../src/report/picture/fonts.ts'
import { drawPicture, layOutPicture } from '../../../src/report/picture/picture.ts'
import { pictureJpeg } from '../../../src/report/picture/jpeg.ts'
import type { RgbRaster } from '../../../src/report/picture/raster.ts'
import type { AnalysedPrediction } from '../fixtures.ts'

/** A picture in its own memory. */
export interface DrawnPicture extends RgbRaster {
  readonly jpeg: Uint8Array<ArrayBuffer>
}

export async function drawnPicture(
  image: ImagePrediction,
  prediction: AnalysedPrediction,
  preview: Preview,
  fonts: PictureFonts,
): Promise<DrawnPicture> {
  const layout = layOutPicture(image, prediction, preview, fonts)
  const { width, height } = layout
  const raster = await drawPicture(layout, image, preview, new Uint8Array(3 * width * height))
  return { ...raster, jpeg: await pictureJpeg(raster) }
}
