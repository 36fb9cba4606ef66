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

/**
 * Gradient-free class-activation map (Zhou 2016) over the network's crop: 0–1, row-major, stretched over
 * `LungRegion.box`.
 */
export interface ActivationMap {
  readonly width: number
  readonly height: number
  readonly samples: Float32Array<ArrayBuffer>
}

/**
 * The algorithm that made a result. `digest` covers weights, atlas, thresholds and result format; a different digest
 * means different results.
 */
export interface ModelIdentity {
  readonly name: string
  readonly version: string
  /** Lower-case hex SHA-256. */
  readonly digest: string
}

/** The prediction for one image. */
export interface ImagePrediction {
  readonly header: ImageHeader
  /** What the image shows, see pixels/display-digest.ts. */
  readonly displayDigest: string
  readonly lungs: LungRegion
  readonly probabilities: Probabilities
  readonly decision: Decision
  readonly activation: ActivationMap
  readonly flags: readonly ImageFlag[]
}

/** A candidate chest radiograph without a prediction, and why, as a sentence. */
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
  /** Key of the study's earlier result that this one supersedes, because the study grew or the algorithm changed. */
  readonly supersedes?: string
  /** Whether the study's earlier result is another patient's. */
  readonly followsAnotherPatient?: true
  /** When the study was analysed, ISO 8601 with zone. Stored with the result, so that a retry sends the same bytes. */
  readonly analysedAt: string
}

/**
 * The finding on one study, from which the SR and the FHIR bundle are made. The most suspicious image decides and is
 * first in `images`. If nothing was analysed, there is no probability.
 */
export type Prediction =
  | (PredictionBase & {
      readonly kind: 'analysed'
      readonly decision: Decision
      readonly images: readonly [ImagePrediction, ...ImagePrediction[]]
      /** Whether the decision for any image of the study differs from `decision`. */
      readonly imagesDisagree: boolean
    })
  | (PredictionBase & { readonly kind: 'not-analysed' })

/** Whether pneumonia was found on the study. */
export function isPresent(prediction: Prediction): prediction is Extract<Prediction, { kind: 'analysed' }> {
  return prediction.kind === 'analysed' && prediction.decision === 'present'
}
