import type { Prediction } from '../../classify/prediction.ts'
import type { Preview } from '../../pixels/preview.ts'
import { invalidContent } from '../errors.ts'
import type { DicomObject } from '../result-objects.ts'
import { uidFor } from '../uids.ts'
import type { PictureFonts } from './fonts.ts'
import { pictureJpeg } from './jpeg.ts'
import { drawPicture, layOutPicture } from './picture.ts'
import type { RgbRaster } from './raster.ts'
import { secondaryCapture, secondaryCaptureStorage } from './secondary-capture.ts'

/** The picture of one analysed image, as a Secondary Capture and as a JPEG file for pages and records. */
export interface StudyPicture {
  readonly object: DicomObject
  readonly jpeg: Uint8Array<ArrayBuffer>
}

/**
 * The pictures of a study, one per analysed image, in the order of `Prediction.images`.
 * @param previews of the analysed images, by SOP Instance UID
 * @throws REPORT_INVALID_CONTENT
 */
export async function studyPictures(
  prediction: Prediction,
  previews: ReadonlyMap<string, Preview>,
  resultKey: string,
  fonts: PictureFonts,
): Promise<readonly StudyPicture[]> {
  const drawn = await drawPictures(prediction, previews, resultKey, fonts)
  return Promise.all(drawn.map(async ({ object, raster }) => ({ object, jpeg: await pictureJpeg(raster) })))
}

/** A picture and the file that holds its pixels. */
interface DrawnPicture {
  readonly object: DicomObject
  readonly raster: RgbRaster
}

async function drawPictures(
  prediction: Prediction,
  previews: ReadonlyMap<string, Preview>,
  key: string,
  fonts: PictureFonts,
): Promise<readonly DrawnPicture[]> {
  if (prediction.kind === 'not-analysed') return []
  const pictures: DrawnPicture[] = []
  for (const [index, image] of prediction.images.entries()) {
    const preview = previews.get(image.header.sopInstanceUid)
    if (preview === undefined) throw invalidContent('an analysed image without its preview')
    const layout = layOutPicture(image, prediction, preview, fonts)
    const uids = {
      sopInstanceUid: uidFor(key, 'secondary-capture', index),
      seriesInstanceUid: uidFor(key, 'secondary-capture-series'),
    }
    const { bytes, pixels } = secondaryCapture(layout, image, prediction, uids)
    const object = { kind: 'secondary-capture', sopClassUid: secondaryCaptureStorage, ...uids, bytes }
    pictures.push({ object, raster: await drawPicture(layout, image, preview, pixels) })
  }
  return pictures
}
