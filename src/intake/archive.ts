import type { DicomDataset } from '../dicom/dataset.ts'
import type { StudyRef } from './study.ts'

/** The UIDs of one image. */
export interface ImageUids {
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  readonly sopInstanceUid: string
}

/** One image. The same UIDs can occur under two patients, so it is named with its patient. */
export interface ImageRef extends ImageUids {
  readonly patientId: string | undefined
}

/** Where studies are read from. */
export interface ImageArchive {
  /** Headers of all objects of a study, without their pixel data and other bulk data. */
  listImages(study: StudyRef): Promise<DicomDataset[]>
  /**
   * Header of one image as `listImages` has it; undefined if the archive no longer has the image of that patient under
   * these UIDs, nor of any other.
   */
  readHeader(study: StudyRef, image: ImageRef): Promise<DicomDataset | undefined>
  /** The Part 10 file in its stored transfer syntax. */
  fetchImage(image: ImageRef): Promise<Uint8Array<ArrayBuffer>>
  /**
   * The file in Explicit VR Little Endian, for transfer syntaxes without a codec here; undefined if the archive cannot
   * transcode it.
   */
  fetchUncompressed(image: ImageRef): Promise<Uint8Array<ArrayBuffer> | undefined>
}
