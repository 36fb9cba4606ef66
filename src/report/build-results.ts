import type { Prediction } from '../classify/prediction.ts'
import type { Preview } from '../pixels/preview.ts'
import type { PictureFonts } from './picture/fonts.ts'
import { studyPictures } from './picture/study-pictures.ts'
import type { ReportMaterial } from './result-kind.ts'
import { type ReportSettings, kindByName, resultNames } from './result-kinds.ts'
import type { ResultObjects, ResultParts } from './result-objects.ts'
import { findingKeysOf, resultKey } from './uids.ts'

/** Dependencies of building results. */
export interface ReportOptions {
  /** TrueType fonts for the picture, so that it looks the same on machines without fonts. */
  readonly fonts: PictureFonts
  /** The kinds of results to build, and their options. */
  readonly settings: ReportSettings
  /** How often results were built before for the same finding. */
  readonly revision: number
}

/**
 * All results of a study, built from one prediction: every kind that the settings enable. The same prediction gives the
 * same bytes.
 * @param previews of the analysed images, by SOP Instance UID
 * @throws REPORT_INVALID_CONTENT
 */
export async function buildResults(
  prediction: Prediction,
  previews: ReadonlyMap<string, Preview>,
  { fonts, settings, revision }: ReportOptions,
): Promise<ResultObjects> {
  const key = resultKey(findingKeysOf(prediction).findingKey, revision)
  const material = { prediction, resultKey: key, pictures: studyPictures(prediction, previews, key, fonts) }
  // Pictures are drawn and encoded in other threads while the report is written.
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

/** Empty if the settings disable the kind. */
async function buildPart(
  name: (typeof resultNames)[number],
  material: ReportMaterial,
  settings: ReportSettings,
): Promise<ResultParts> {
  const build = kindByName[name].builder(settings)
  return build === undefined ? {} : { [name]: await build(material) }
}
