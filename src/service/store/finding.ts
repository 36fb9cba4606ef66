import { z } from 'zod'
import { type Prediction, decisions } from '../../classify/prediction.ts'
import type { DicomDataset } from '../../dicom/dataset.ts'
import type { WithdrawalCause } from '../../report/withdrawal-cause.ts'
import type { StepTimes } from '../../stopwatch.ts'
import { flagCode, problemCode } from './stored-codes.ts'

export const problemSchema = z.object({ code: problemCode, reason: z.string() })
const probability = z.number().min(0).max(1)

const common = {
  /** Key of the stored results, and so of the pictures, that belong to the finding. */
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

/** The finding on a study as the worklist shows it. It remains while a study with new objects is analysed again. */
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
    /** Warnings for the reader, for example an age outside the range or lungs not found. */
    flags: z.array(z.object({ code: flagCode, message: z.string() })),
  }),
  z.object({ ...common, kind: z.literal('not-analysed') }),
])

export type Finding = z.output<typeof findingSchema>

/** A finding whose model was retracted, without decision and probabilities. */
export interface WithdrawnFinding extends Omit<Extract<Finding, { kind: 'not-analysed' }>, 'kind' | 'notAnalysed'> {
  readonly kind: 'withdrawn'
  readonly withdrawnAt: Date
  readonly cause: WithdrawalCause
  /** Model of the study's latest valid result. That result is older and does not become the finding again. */
  readonly standingModel: string | undefined
}

/** A finding, without its decision and probabilities if its model was retracted. */
export type ToldFinding = Finding | WithdrawnFinding

export function withdrawnFinding(
  { resultKey, model, analysedAt, pictureCount, ms, accessionNumber, studyDate }: Finding,
  withdrawal: Pick<WithdrawnFinding, 'withdrawnAt' | 'cause' | 'standingModel'>,
): WithdrawnFinding {
  const kept = { resultKey, model, analysedAt, pictureCount, ms, accessionNumber, studyDate }
  return { ...kept, kind: 'withdrawn', ...withdrawal }
}

/** The reason for a state: a stable code, and a human-readable sentence. */
export type Problem = z.output<typeof problemSchema>

/** The part of a prediction that the worklist shows, without the patient's name and ID. */
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
