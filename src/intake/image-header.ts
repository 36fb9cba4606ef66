import type { DicomDataset } from '../pixels/dataset.ts'

/** A coded concept as it stands in a sequence (PS3.3 8.8). */
export interface CodedConcept {
  readonly value: string
  readonly scheme: string
  readonly meaning: string
}

/** The attributes of an image that decide eligibility and identify it in results. Absent or empty attributes are undefined. */
export interface ImageHeader {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly studyInstanceUid: string
  readonly modality: string
  readonly imageType: readonly string[]
  readonly manufacturer: string | undefined
  readonly seriesDescription: string | undefined
  readonly studyDescription: string | undefined
  readonly protocolName: string | undefined
  readonly presentationIntentType: string | undefined
  readonly viewPosition: string | undefined
  readonly viewCode: CodedConcept | undefined
  readonly patientOrientation: readonly string[]
  readonly bodyPartExamined: string | undefined
  readonly anatomicRegion: CodedConcept | undefined
  /** `YYYYMMDD`. */
  readonly studyDate: string | undefined
  /** `YYYYMMDD`. */
  readonly patientBirthDate: string | undefined
  /** As written, for example `003Y`. */
  readonly patientAge: string | undefined
  readonly burnedInAnnotation: string | undefined
  readonly photometricInterpretation: string | undefined
  readonly rows: number | undefined
  readonly columns: number | undefined
  readonly numberOfFrames: number
}

/** Declared here, written by the pixels work: reads a header at the boundary, with zod. */
export type ReadImageHeader = (dataset: DicomDataset) => ImageHeader
