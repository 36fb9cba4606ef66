import type { Prediction } from '../classify/prediction.ts'
import type { StudyPicture } from './picture/study-pictures.ts'
import type { Medium, MediumContents } from './result-objects.ts'

/** Input of the builders. */
export interface ReportMaterial {
  readonly prediction: Prediction
  /** The identity from which all UIDs of the result derive. */
  readonly resultKey: string
  /** Drawn once for all kinds that use them; one per analysed image, in the order of `Prediction.images`. */
  readonly pictures: Promise<readonly StudyPicture[]>
}

/** A file of a result, for the result folder of one image. */
export interface ResultFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * One kind of result. The medium determines how it is delivered and withdrawn.
 * @template Settings the settings that it reads
 */
export interface ResultKind<M extends Medium, Settings> {
  readonly medium: M
  /** Returns the builder; undefined if the settings disable it. The same material gives the same bytes. */
  builder(
    settings: Settings,
  ): ((material: ReportMaterial) => MediumContents[M] | Promise<MediumContents[M]>) | undefined
  /** The files that `analyze` writes. */
  files(content: MediumContents[M]): Promise<readonly ResultFile[]>
  /** JPEG files for the pages, shown whether or not the result is written. */
  pagePictures(material: ReportMaterial): Promise<readonly Uint8Array<ArrayBuffer>[]>
}

/** For kinds without page pictures. */
export function noPagePictures(): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  return Promise.resolve([])
}
