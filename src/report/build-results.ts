import type { Prediction } from '../classify/prediction.ts'
import type { Preview } from '../pixels/preview.ts'
import { invalidContent } from './errors.ts'
import { type FhirOptions, fhirBundle } from './fhir/bundle.ts'
import { type Hl7Parties, oruMessage } from './hl7/oru.ts'
import type { PictureFonts } from './picture/fonts.ts'
import { pictureJpeg } from './picture/jpeg.ts'
import type { RgbRaster } from './picture/raster.ts'
import { drawPicture, layOutPicture } from './picture/picture.ts'
import { lungSegmentation, segmentationStorage } from './segmentation/lung-segmentation.ts'
import type { DicomObject, ResultObjects } from './result-objects.ts'
import { secondaryCapture, secondaryCaptureStorage } from './picture/secondary-capture.ts'
import { comprehensive3dSr, structuredReport } from './sr/structured-report.ts'
import { inputKey, resultKey, uidFor } from './uids.ts'

/** What building results needs from outside. */
export interface ReportOptions extends FhirOptions {
  /** TrueType fonts for the picture, so that it looks the same where none is installed. */
  readonly fonts: PictureFonts
  /** Whether the lungs are written as Segmentation objects too. */
  readonly segmentLungs: boolean
  /** Between whom an HL7 v2 message goes; none is written where absent. */
  readonly hl7?: Hl7Parties
}

/**
 * Everything that is written back for a study, from one prediction. The same prediction gives the same bytes.
 * @param previews of the analysed images, by SOP Instance UID
 * @throws REPORT_INVALID_CONTENT
 */
export async function buildResults(
  prediction: Prediction,
  previews: ReadonlyMap<string, Preview>,
  options: ReportOptions,
): Promise<ResultObjects> {
  const key = resultKey(inputKey(sourceUids(prediction), prediction.model.digest), outcomeOf(prediction))
  const drawn = await drawPictures(prediction, previews, key, options.fonts)
  // What encodes JPEG has threads of its own; the report is written meanwhile.
  const [pictures, report] = await Promise.all([
    Promise.all(drawn.map(async ({ object, raster }) => ({ object, jpeg: await pictureJpeg(raster) }))),
    Promise.try(() => buildReport(prediction, key)),
  ])
  return {
    studyInstanceUid: prediction.studyInstanceUid,
    resultKey: key,
    structuredReport: report,
    pictures,
    segmentations: options.segmentLungs ? segmentations(prediction, key) : [],
    fhir: fhirBundle(prediction, key, pictures, options),
    ...(options.hl7 !== undefined && { hl7: oruMessage(prediction, key, options.hl7) }),
  }
}

function buildReport(prediction: Prediction, key: string): DicomObject {
  return {
    kind: 'structured-report',
    sopClassUid: comprehensive3dSr,
    sopInstanceUid: uidFor(key, 'structured-report'),
    seriesInstanceUid: uidFor(key, 'structured-report-series'),
    bytes: structuredReport(prediction, key),
  }
}

function sourceUids(prediction: Prediction): string[] {
  const analysed = prediction.kind === 'analysed' ? prediction.images : []
  return [...analysed, ...prediction.notAnalysed].map((image) => image.header.sopInstanceUid)
}

/** What became of every image; another outcome of any of them is another result, even where the study's decision is the same. */
function outcomeOf(prediction: Prediction): string {
  const analysed = prediction.kind === 'analysed' ? prediction.images : []
  return [
    ...analysed.map((image) => `${image.header.sopInstanceUid} ${image.decision}`),
    ...prediction.notAnalysed.map((image) => `${image.header.sopInstanceUid} ${image.outcome} ${image.code}`),
  ]
    .sort()
    .join('\n')
}

/** A picture and the file that it is drawn into. */
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
    const object = { kind: 'secondary-capture', sopClassUid: secondaryCaptureStorage, ...uids, bytes } as const
    pictures.push({ object, raster: await drawPicture(layout, image, preview, pixels) })
  }
  return pictures
}

function segmentations(prediction: Prediction, key: string): DicomObject[] {
  if (prediction.kind === 'not-analysed') return []
  return prediction.images.flatMap((image, index) => {
    if (image.lungs.kind !== 'found') return []
    const uids = {
      sopInstanceUid: uidFor(key, 'segmentation', index),
      seriesInstanceUid: uidFor(key, 'segmentation-series', index),
      frameOfReferenceUid: uidFor(key, 'frame-of-reference', index),
      dimensionOrganizationUid: uidFor(key, 'dimension-organization', index),
    }
    const bytes = lungSegmentation(image, image.lungs.mask, prediction, uids)
    const { sopInstanceUid, seriesInstanceUid } = uids
    return [{ kind: 'segmentation', sopClassUid: segmentationStorage, sopInstanceUid, seriesInstanceUid, bytes }]
  })
}
