import type { Prediction } from '../classify/prediction.ts'
import type { StudyPicture } from './picture/study-pictures.ts'
import type { Medium, MediumContents } from './result-objects.ts'

/** What results are built from. */
export interface ReportMaterial {
  readonly prediction: Prediction
  /** The identity from which every UID of the result derives. */
  readonly resultKey: string
  /** Drawn once, for every kind that has them; one per analysed image, in the order of `Prediction.images`. */
  readonly pictures: Promise<readonly StudyPicture[]>
}

/** A file of a result, for a folder that holds the results of one image. */
export interface ResultFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * One kind of result. Its medium decides where it is delivered and how it is withdrawn.
 * @template Settings the settings that it reads
 */
export interface ResultKind<M extends Medium, Settings> {
  readonly medium: M
  /** Builds the result under these settings; undefined where they have it off. The same material gives the same bytes. */
  builder(
    settings: Settings,
  ): ((material: ReportMaterial) => MediumContents[M] | Promise<MediumContents[M]>) | undefined
  /** The files that `analyze` writes. */
  files(content: MediumContents[M]): Promise<readonly ResultFile[]>
  /** JPEG files for the pages, which show them whether or not the result is written. */
  pagePictures(material: ReportMaterial): Promise<readonly Uint8Array<ArrayBuffer>[]>
}

/** For kinds that pages show nothing of. */
export function noPagePictures(): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  return Promise.resolve([])
}
