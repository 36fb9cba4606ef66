import type { Prediction } from '../classify/prediction.ts'
import { loadFonts } from '../analyse/load-fonts.ts'
import type { Preview } from '../pixels/preview.ts'
import { fhirBundle } from '../report/fhir/bundle.ts'
import { lungSegmentation } from '../report/segmentation/lung-segmentation.ts'
import { pictureJpeg } from '../report/picture/jpeg.ts'
import { drawPicture, layOutPicture } from '../report/picture/picture.ts'
import { secondaryCapture } from '../report/picture/secondary-capture.ts'
import { structuredReport } from '../report/sr/structured-report.ts'
import { type StepSpeed, timeRepeats } from './speed.ts'

/** Input of the report builders. */
export interface ReportInput {
  readonly prediction: Extract<Prediction, { kind: 'analysed' }>
  readonly previews: ReadonlyMap<string, Preview>
}

const key = 'be'.repeat(32)
const uids = { sopInstanceUid: '2.25.1', seriesInstanceUid: '2.25.2' }
const fhirOptions = {
  patientIdentifierSystem: 'urn:benchmark:patient',
  patientIdentifierSystems: new Map<string, string>(),
  accessionIdentifierSystem: 'urn:benchmark:accession',
  readingTask: false,
}

/** Times each kind of result. `picture` includes `secondaryCapture`, because it is drawn into those pixels. */
export async function measureReport(
  { prediction, previews }: ReportInput,
  repeats: number,
): Promise<Readonly<Record<string, StepSpeed>>> {
  const fonts = await loadFonts()
  const [image] = prediction.images
  const preview = previews.get(image.header.sopInstanceUid)!
  const layout = layOutPicture(image, prediction, preview, fonts)
  const capture = () => secondaryCapture(layout, image, prediction, uids)
  const draw = async () => pictureJpeg(await drawPicture(layout, image, preview, capture().pixels))
  const jpeg = await draw()
  const { lungs } = image
  const segmentationUids = { ...uids, frameOfReferenceUid: '2.25.3', dimensionOrganizationUid: '2.25.4' }
  return {
    structuredReport: await timeRepeats(repeats, () => structuredReport(prediction, key)),
    picture: await timeRepeats(repeats, draw),
    secondaryCapture: await timeRepeats(repeats, capture),
    fhir: await timeRepeats(repeats, () => fhirBundle(prediction, key, [{ jpeg }], fhirOptions)),
    ...(lungs.kind === 'found' && {
      segmentation: await timeRepeats(repeats, () => lungSegmentation(image, lungs.mask, prediction, segmentationUids)),
    }),
  }
}
