import type { EligibleImage, ImageFlag } from '../intake/study.ts'
import type { ImageHeader } from '../intake/image-header.ts'
import type { DicomDataset } from '../dicom/dataset.ts'
import type { ImageAnalysis } from './image-analysis.ts'
import type {
  Decision,
  ImageNotAnalysed,
  ImagePrediction,
  ModelIdentity,
  Prediction,
  Thresholds,
} from './prediction.ts'

/** An eligible image with its analysis. */
export type AnalysedImage = EligibleImage & { readonly analysis: ImageAnalysis }

/** The part of the analysis that a prediction needs; pictures are drawn from the rest. */
type SeenImage = EligibleImage & { readonly analysis: Omit<ImageAnalysis, 'preview' | 'ms'> }

/** The data of a study's prediction other than its images. */
interface PredictionContext {
  /** The image whose patient and study attributes the results copy. */
  readonly source: { readonly header: ImageHeader; readonly dataset: DicomDataset }
  readonly model: ModelIdentity
  readonly thresholds: Thresholds
  /** Key of the study's previous result. */
  readonly supersedes: string | undefined
  readonly followsAnotherPatient?: boolean
  /** ISO 8601 with zone. */
  readonly analysedAt: string
}

/** Joins the images of a study into one finding: the most suspicious image decides, and disagreement is recorded. */
export function toPrediction(
  analysed: readonly SeenImage[],
  notAnalysed: readonly ImageNotAnalysed[],
  context: PredictionContext,
): Prediction {
  const base = {
    source: context.source.dataset,
    studyInstanceUid: context.source.header.studyInstanceUid,
    model: context.model,
    thresholds: context.thresholds,
    analysedAt: context.analysedAt,
    notAnalysed,
    ...(context.supersedes !== undefined && { supersedes: context.supersedes }),
    ...(context.followsAnotherPatient === true && { followsAnotherPatient: true as const }),
  }
  return joined(base, analysed.map(toImagePrediction))
}

function joined(base: Omit<Prediction, 'kind'>, images: readonly ImagePrediction[]): Prediction {
  const [first, ...others] = images.toSorted(bySuspicion)
  if (first === undefined) return { ...base, kind: 'not-analysed' }
  return {
    ...base,
    kind: 'analysed',
    decision: first.decision,
    images: [first, ...others],
    imagesDisagree: others.some((image) => image.decision !== first.decision),
  }
}

/** The same finding as `fresh`, with the numbers of an earlier one on the same images. */
export function withNumbersOf(earlier: Prediction, fresh: Prediction): Prediction {
  if (earlier.kind === 'not-analysed' || fresh.kind === 'not-analysed') return fresh
  const byUid = new Map(earlier.images.map((image) => [image.header.sopInstanceUid, image]))
  const images = fresh.images.map((image) => {
    const { header, flags } = image
    return { ...(byUid.get(header.sopInstanceUid) ?? image), header, flags }
  })
  return joined(fresh, images)
}

/** Order of suspicion: present, undetermined, absent; then by probability. */
const suspicion: Readonly<Record<Decision, number>> = { present: 2, undetermined: 1, absent: 0 }

function bySuspicion(one: ImagePrediction, other: ImagePrediction): number {
  return (
    suspicion[other.decision] - suspicion[one.decision] || other.probabilities.pneumonia - one.probabilities.pneumonia
  )
}

function toImagePrediction({ header, flags, analysis }: SeenImage): ImagePrediction {
  const { displayDigest, lungs, probabilities, activation } = analysis
  // If the lungs are not located, the network is just as confident but has no basis for it: images without lungs reach
  // an AUC of .994.
  const decision = lungs.kind === 'found' ? analysis.decision : 'undetermined'
  return {
    header,
    displayDigest,
    lungs,
    probabilities,
    decision,
    activation,
    flags: [...flags, ...lungFlags(analysis)],
  }
}

function lungFlags({ lungs }: SeenImage['analysis']): ImageFlag[] {
  return lungs.kind === 'found' ? [] : [{ code: 'LUNGS_NOT_FOUND', message: lungs.warning }]
}
