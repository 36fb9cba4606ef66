import type { ErrorCode } from '../errors/error-list.ts'
import type { ImageFlag } from '../intake/study.ts'
import type { ImageHeader } from '../intake/image-header.ts'
import type { DicomDataset } from '../dicom/dataset.ts'
import type { LungRegion } from '../lungs/lung-region.ts'
import type { RefusalCode } from '../errors/reason-codes.ts'

/** The three outcomes of a pair of thresholds: present (>= `present`), absent (< `absent`), undetermined between. */
export const decisions = ['present', 'undetermined', 'absent'] as const
export type Decision = (typeof decisions)[number]

/** Operating points on the probability of pneumonia, 0–1, `absent <= present`. */
export interface Thresholds {
  readonly present: number
  readonly absent: number
}

/** `pneumonia` is calibrated stage one, `normal` its complement, the kinds are its shares by stage two; all 0–1. */
export interface Probabilities {
  readonly pneumonia: number
  readonly normal: number
  readonly bacterial: number
  readonly viral: number
}

/** Gradient-free class-activation map (Zhou 2016) over the network's crop: 0–1, row-major, stretched over `LungRegion.box`. */
export interface ActivationMap {
  readonly width: number
  readonly height: number
  readonly samples: Float32Array<ArrayBuffer>
}

/** Which algorithm made a result. `digest` is over weights, atlas, thresholds and result format: a new one means new results. */
export interface ModelIdentity {
  readonly name: string
  readonly version: string
  /** Lower-case hex SHA-256. */
  readonly digest: string
}

/** What the network says of one image. */
export interface ImagePrediction {
  readonly header: ImageHeader
  readonly lungs: LungRegion
  readonly probabilities: Probabilities
  readonly decision: Decision
  readonly activation: ActivationMap
  readonly flags: readonly ImageFlag[]
}

/** A chest radiograph that was a candidate and has no prediction, with the reason in words. */
export type ImageNotAnalysed = { readonly header: ImageHeader } & WhyNotAnalysed

export type WhyNotAnalysed = { readonly reason: string } & (
  { readonly outcome: 'refused'; readonly code: RefusalCode } | { readonly outcome: 'failed'; readonly code: ErrorCode }
)

interface PredictionBase {
  /** Header (DICOM JSON, no pixel data) of the first source image: patient and study attributes are copied from it. */
  readonly source: DicomDataset
  readonly studyInstanceUid: string
  readonly model: ModelIdentity
  readonly thresholds: Thresholds
  readonly notAnalysed: readonly ImageNotAnalysed[]
  /** Key of the study's earlier result that this one takes the place of: the study grew, or the algorithm is another. */
  readonly supersedes?: string
  /** When the study was analysed, ISO 8601 with zone. Part of the stored result, so a retry resends the same bytes. */
  readonly analysedAt: string
}

/**
 * The finding on one study; makes both the SR and the FHIR bundle. The most suspicious image decides (`images` is sorted so that
 * it comes first); there is no probability where nothing was analysed.
 */
export type Prediction =
  | (PredictionBase & {
      readonly kind: 'analysed'
      readonly decision: Decision
      readonly images: readonly [ImagePrediction, ...ImagePrediction[]]
      /** True when the images of the study do not all give `decision`. */
      readonly imagesDisagree: boolean
    })
  | (PredictionBase & { readonly kind: 'not-analysed' })

/** Whether pneumonia was found on the study. */
export function isPresent(prediction: Prediction): prediction is Extract<Prediction, { kind: 'analysed' }> {
  return prediction.kind === 'analysed' && prediction.decision === 'present'
}
