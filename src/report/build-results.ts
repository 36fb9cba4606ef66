import type { Prediction } from '../classify/prediction.ts'
import type { Preview } from '../pixels/preview.ts'
import type { PictureFonts } from './picture/fonts.ts'
import { studyPictures } from './picture/study-pictures.ts'
import type { ReportMaterial } from './result-kind.ts'
import { type ReportSettings, kindByName, resultNames } from './result-kinds.ts'
import type { ResultObjects, ResultParts } from './result-objects.ts'
import { inputKey, resultKey } from './uids.ts'

/** What building results needs from outside. */
export interface ReportOptions {
  /** TrueType fonts for the picture, so that it looks the same where none is installed. */
  readonly fonts: PictureFonts
  /** Which kinds of results are built, and how. */
  readonly settings: ReportSettings
}

/**
 * Everything that is written back for a study, from one prediction: each kind that the settings have on. The same prediction gives
 * the same bytes.
 * @param previews of the analysed images, by SOP Instance UID
 * @throws REPORT_INVALID_CONTENT
 */
export async function buildResults(
  prediction: Prediction,
  previews: ReadonlyMap<string, Preview>,
  { fonts, settings }: ReportOptions,
): Promise<ResultObjects> {
  const key = resultKey(inputKey(sourceUids(prediction), prediction.model.digest), outcomeOf(prediction))
  const material = { prediction, resultKey: key, pictures: studyPictures(prediction, previews, key, fonts) }
  // Pictures are drawn and encoded in threads of their own; the report is written meanwhile.
  const [parts, pagePictures] = await Promise.all([
    Promise.all(resultNames.map((name) => buildPart(name, material, settings))),
    Promise.all(resultNames.map((name) => kindByName[name].pagePictures(material))),
  ])
  return {
    studyInstanceUid: prediction.studyInstanceUid,
    resultKey: key,
    parts: Object.assign({}, ...parts) as ResultParts,
    pagePictures: pagePictures.flat(),
  }
}

/** Empty where the settings have the kind off. */
async function buildPart(
  name: (typeof resultNames)[number],
  material: ReportMaterial,
  settings: ReportSettings,
): Promise<ResultParts> {
  const build = kindByName[name].builder(settings)
  return build === undefined ? {} : { [name]: await build(material) }
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
