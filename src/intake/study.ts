import type { DicomDataset } from '../dicom/dataset.ts'
import type { FlagCode } from '../errors/reason-codes.ts'
import type { ImageHeader } from './image-header.ts'

/** A study to triage. `orthancId` is known when Orthanc's change feed named it. */
export interface StudyRef {
  readonly studyInstanceUid: string
  readonly orthancId?: string
}

/** What a result must say about an image's fitness, in a stable code and a sentence for people. */
export interface ImageFlag {
  readonly code: FlagCode
  readonly message: string
}

/** An image that will be analysed. `dataset` is its header without pixel data; results copy patient and study from it. */
export interface EligibleImage {
  readonly header: ImageHeader
  readonly dataset: DicomDataset
  readonly flags: readonly ImageFlag[]
}
