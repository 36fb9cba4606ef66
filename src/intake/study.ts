import type { DicomDataset } from '../dicom/dataset.ts'
import type { FlagCode } from '../errors/reason-codes.ts'
import type { ImageHeader } from './image-header.ts'

/** A study to triage. `orthancId` is known if the study came from Orthanc's change feed. */
export interface StudyRef {
  readonly studyInstanceUid: string
  readonly orthancId?: string
}

/** A limitation of an image that a result must state: a stable code and a sentence for readers. */
export interface ImageFlag {
  readonly code: FlagCode
  readonly message: string
}

/**
 * An image to analyse. `dataset` is its header without pixel data; results copy patient and study attributes from it.
 */
export interface EligibleImage {
  readonly header: ImageHeader
  readonly dataset: DicomDataset
  readonly flags: readonly ImageFlag[]
}
