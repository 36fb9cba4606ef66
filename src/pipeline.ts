import { type RefusedImage, assessStudy, namedRefusals } from './intake/eligibility.ts'
import type { ImageArchive } from './intake/archive.ts'
import type { EligibilityRules } from './intake/rule.ts'
import type { EligibleImage, StudyRef } from './intake/study.ts'
import type { ImageAnalysis } from './classify/image-analysis.ts'
import type { ImageNotAnalysed, ModelIdentity, Prediction, Thresholds } from './classify/prediction.ts'
import { type AnalysedImage, toPrediction } from './classify/study-prediction.ts'
import { type Priority, priorityOf } from './deliver/priority.ts'
import type { DeliveryReceipt } from './deliver/receipt.ts'
import { asTriageError, isRetried } from './errors/triage-error.ts'
import { transferSyntaxUnsupported } from './pixels/errors.ts'
import type { Preview } from './pixels/preview.ts'
import type { RefusalCode } from './errors/reason-codes.ts'
import type { ResultObjects } from './report/result-objects.ts'
import { inputKey } from './report/uids.ts'
import { type Clock, localIso } from './clock.ts'
import { type OnStep, type StepTimes, Stopwatch } from './stopwatch.ts'

/** The outcome of a study. `skipped`: it holds no image to analyse or to report on. */
export type StudyOutcome =
  | {
      readonly kind: 'reported'
      readonly prediction: Prediction
      /** The key under which the results are stored. */
      readonly inputKey: string
      readonly resultKey: string
      readonly receipt: DeliveryReceipt
      readonly ms: StepTimes
    }
  | { readonly kind: 'skipped'; readonly reasons: readonly RefusalReason[] }

/** Why an image of a skipped study was not analysed. */
interface RefusalReason {
  readonly sopInstanceUid: string
  readonly code: RefusalCode
  readonly reason: string
}

/** Results that are stored before delivery, so that a retry sends the same bytes. */
export interface KeptResults {
  readonly prediction: Prediction
  readonly results: ResultObjects
}

/**
 * Stores built results by `inputKey` until delivery. The first results under a key remain; `keepResults` returns
 * whether these were the first.
 */
export interface ResultKeeper {
  keptResults(key: string): MaybePromise<KeptResults | undefined>
  keepResults(key: string, kept: KeptResults): MaybePromise<boolean>
  /** Key of the latest result stored for a study. */
  latestResultKey(studyInstanceUid: string): MaybePromise<string | undefined>
}

type MaybePromise<Value> = Value | Promise<Value>

/** Turns the DICOM bytes of one image into its analysis. */
export interface Analyser {
  readonly model: ModelIdentity
  readonly thresholds: Thresholds
  analyse(bytes: Uint8Array<ArrayBuffer>): Promise<ImageAnalysis>
}

/** The steps that reach outside, passed in by the caller. */
export interface Pipeline {
  readonly archive: ImageArchive
  readonly rules: EligibilityRules
  readonly analyser: Analyser
  /** Throws if the analyser's model was retracted. Absent for files, which are analysed without a service. */
  readonly requireStandingModel?: () => void | Promise<void>
  readonly report: (prediction: Prediction, previews: ReadonlyMap<string, Preview>) => Promise<ResultObjects>
  readonly keeper: ResultKeeper
  readonly deliver: (results: ResultObjects, priority: Priority) => Promise<DeliveryReceipt>
  readonly clock: Clock
  /** Called after each step, for tracing. */
  readonly onStep?: OnStep
}

/**
 * Processes one study, from its reference to its delivered results: list, assess, fetch and analyse each image, join
 * the findings, report, keep, deliver. Safe to repeat: results are keyed by their input, their bytes are kept, and
 * delivery is idempotent.
 * @throws TriageError whose class says whether to retry
 */
export async function triageStudy(study: StudyRef, pipeline: Pipeline): Promise<StudyOutcome> {
  const { archive, analyser, keeper } = pipeline
  const stopwatch = new Stopwatch(pipeline.clock, pipeline.onStep)
  await pipeline.requireStandingModel?.()

  const datasets = await stopwatch.time('list', () => archive.listImages(study))
  const assessed = assessStudy(datasets, pipeline.rules)
  const { eligible } = assessed
  const named = namedRefusals(assessed)
  const source = eligible[0] ?? named[0]
  if (source === undefined) return { kind: 'skipped', reasons: assessed.refused.map(toReason) }

  const sources = [...eligible, ...named].map((image) => image.header.sopInstanceUid)
  const key = inputKey(sources, analyser.model.digest)
  let kept = await keeper.keptResults(key)
  if (kept === undefined) {
    const findings: ImageFinding[] = []
    for (const image of eligible) findings.push(await fetchAndAnalyse(image, pipeline, stopwatch))
    const analysed = findings.filter((finding) => 'analysis' in finding)
    const notAnalysed = [...named.map(toNotAnalysed), ...findings.filter((finding) => 'outcome' in finding)]
    const prediction = toPrediction(analysed, notAnalysed, {
      source,
      supersedes: await keeper.latestResultKey(source.header.studyInstanceUid),
      model: analyser.model,
      thresholds: analyser.thresholds,
      analysedAt: localIso(pipeline.clock.now()),
    })
    const previews = new Map(analysed.map((image) => [image.header.sopInstanceUid, image.analysis.preview]))
    const results = await stopwatch.time('report', () => pipeline.report(prediction, previews))
    kept = await keep(key, { prediction, results }, pipeline)
  }

  const { prediction, results } = kept
  const receipt = await stopwatch.time('deliver', () => pipeline.deliver(results, priorityOf(prediction)))
  return { kind: 'reported', prediction, inputKey: key, resultKey: results.resultKey, receipt, ms: stopwatch.times }
}

function toReason({ header, code, reason }: RefusedImage): RefusalReason {
  return { sopInstanceUid: header.sopInstanceUid, code, reason }
}

function toNotAnalysed({ header, code, reason }: RefusedImage): ImageNotAnalysed {
  return { header, outcome: 'refused', code, reason }
}

type ImageFinding = AnalysedImage | ImageNotAnalysed

/** The finding on one image. A permanent failure becomes the finding "not analysed"; a failure to retry is thrown. */
async function fetchAndAnalyse(image: EligibleImage, pipeline: Pipeline, stopwatch: Stopwatch): Promise<ImageFinding> {
  const bytes = await stopwatch.time('fetch', () => pipeline.archive.fetchImage(image.header))
  try {
    const analysis = await analyseBytes(bytes, image, pipeline, stopwatch)
    stopwatch.add(analysis.ms)
    return { ...image, analysis }
  } catch (thrown) {
    const error = asTriageError(thrown)
    if (isRetried(error.failureClass)) throw error
    return { header: image.header, outcome: 'failed', code: error.code, reason: error.message }
  }
}

/** Fetches an image uncompressed if no codec here reads it, because the archive may have one. */
async function analyseBytes(
  bytes: Uint8Array<ArrayBuffer>,
  { header }: EligibleImage,
  { archive, analyser }: Pipeline,
  stopwatch: Stopwatch,
): Promise<ImageAnalysis> {
  try {
    return await analyser.analyse(bytes)
  } catch (error) {
    if (!transferSyntaxUnsupported.matches(error)) throw error
    const uncompressed = await stopwatch.time('fetch', () => archive.fetchUncompressed(header))
    if (uncompressed === undefined) throw error
    return analyser.analyse(uncompressed)
  }
}

/**
 * Stores built results before delivery. If two workers built the same results, both deliver those that were stored
 * first.
 */
async function keep(key: string, built: KeptResults, { keeper, requireStandingModel }: Pipeline): Promise<KeptResults> {
  // The model may have been retracted in the meantime, and a result stored after that would not be withdrawn.
  await requireStandingModel?.()
  if (await keeper.keepResults(key, built)) return built
  return (await keeper.keptResults(key)) ?? built
}
