import { z } from 'zod'
import { type Prediction, decisions } from '../../classify/prediction.ts'
import type { DicomDataset } from '../../dicom/dataset.ts'
import type { StepTimes } from '../../stopwatch.ts'
import { flagCode, problemCode } from './stored-codes.ts'

export const problemSchema = z.object({ code: problemCode, reason: z.string() })
const probability = z.number().min(0).max(1)

const common = {
  /** Names the stored results, and so the pictures, that belong to it. */
  resultKey: z.string(),
  model: z.object({ name: z.string(), version: z.string() }),
  /** ISO 8601 with zone. */
  analysedAt: z.string(),
  pictureCount: z.number().int().min(0),
  /** Milliseconds by step. */
  ms: z.record(z.string(), z.number()),
  accessionNumber: z.string().optional(),
  /** `YYYYMMDD`. */
  studyDate: z.string().optional(),
  notAnalysed: z.array(problemSchema),
}

/** What was found on a study, as the worklist tells it; kept while a study that grew is worked on again. */
export const findingSchema = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('analysed'),
    decision: z.enum(decisions),
    probabilities: z.object({
      pneumonia: probability,
      normal: probability,
      bacterial: probability,
      viral: probability,
    }),
    thresholds: z.object({ present: probability, absent: probability }),
    imagesDisagree: z.boolean(),
    /** What a reader must know along with the number: age outside the range, lungs not found. */
    flags: z.array(z.object({ code: flagCode, message: z.string() })),
  }),
  z.object({ ...common, kind: z.literal('not-analysed') }),
])

export type Finding = z.output<typeof findingSchema>

/** What is left to tell of a finding whose model was retracted: no decision and no probability. */
export interface WithdrawnFinding extends Omit<Extract<Finding, { kind: 'not-analysed' }>, 'kind' | 'notAnalysed'> {
  readonly kind: 'withdrawn'
  readonly withdrawnAt: Date
  /** Model of the study's latest result that still stands. That one is older, and is not the study's finding again. */
  readonly standingModel: string | undefined
}

/** A finding as it may be told now. */
export type ToldFinding = Finding | WithdrawnFinding

export function withdrawnFinding(
  { resultKey, model, analysedAt, pictureCount, ms, accessionNumber, studyDate }: Finding,
  withdrawnAt: Date,
  standingModel: string | undefined,
): WithdrawnFinding {
  const kept = { resultKey, model, analysedAt, pictureCount, ms, accessionNumber, studyDate }
  return { ...kept, kind: 'withdrawn', withdrawnAt, standingModel }
}

/** Why something stands where it stands: a stable code, and a sentence for people. */
export type Problem = z.output<typeof problemSchema>

/** The part of a prediction that the worklist tells. The patient's name and ID are not among it. */
export function toFinding(prediction: Prediction, resultKey: string, ms: StepTimes): Finding {
  const shared = {
    resultKey,
    model: { name: prediction.model.name, version: prediction.model.version },
    analysedAt: prediction.analysedAt,
    ms,
    accessionNumber: textValue(prediction.source, '00080050'),
    studyDate: textValue(prediction.source, '00080020'),
    notAnalysed: prediction.notAnalysed.map(({ code, reason }) => ({ code, reason })),
  }
  if (prediction.kind === 'not-analysed') return { ...shared, kind: 'not-analysed', pictureCount: 0 }
  const { decision, images, imagesDisagree } = prediction
  return {
    ...shared,
    kind: 'analysed',
    decision,
    probabilities: images[0].probabilities,
    thresholds: prediction.thresholds,
    imagesDisagree,
    pictureCount: images.length,
    flags: distinct(images.flatMap((image) => image.flags)),
  }
}

function distinct<Flag extends { readonly code: string }>(flags: readonly Flag[]): Flag[] {
  return [...new Map(flags.map((flag) => [flag.code, flag])).values()]
}

function textValue(dataset: DicomDataset, tag: string): string | undefined {
  const value = dataset[tag]?.Value?.[0]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
