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

/** What became of a study. `skipped`: there is nothing in it to analyse or to answer for. */
export type StudyOutcome =
  | {
      readonly kind: 'reported'
      readonly prediction: Prediction
      /** What the results are kept under. */
      readonly inputKey: string
      readonly resultKey: string
      readonly receipt: DeliveryReceipt
      readonly ms: StepTimes
    }
  | { readonly kind: 'skipped'; readonly reasons: readonly RefusalReason[] }

/** Why an image of a skipped study was not taken. */
interface RefusalReason {
  readonly sopInstanceUid: string
  readonly code: RefusalCode
  readonly reason: string
}

/** Results as they are kept before delivery, so that a retry resends the same bytes. */
export interface KeptResults {
  readonly prediction: Prediction
  readonly results: ResultObjects
}

/** Where built results wait for delivery, by `inputKey`. The first that are kept under a key stay; `keepResults` says whether these were. */
export interface ResultKeeper {
  keptResults(key: string): MaybePromise<KeptResults | undefined>
  keepResults(key: string, kept: KeptResults): MaybePromise<boolean>
  /** Key of the result that was kept last for a study. */
  latestResultKey(studyInstanceUid: string): MaybePromise<string | undefined>
}

type MaybePromise<Value> = Value | Promise<Value>

/** DICOM bytes of one image to what is seen on it. */
export interface Analyser {
  readonly model: ModelIdentity
  readonly thresholds: Thresholds
  analyse(bytes: Uint8Array<ArrayBuffer>): Promise<ImageAnalysis>
}

/** The steps with an outside, handed in by whoever runs studies. */
export interface Pipeline {
  readonly archive: ImageArchive
  readonly rules: EligibilityRules
  readonly analyser: Analyser
  /** Throws where the analyser's model was retracted. Files have no service that would know of it. */
  readonly requireStandingModel?: () => void | Promise<void>
  readonly report: (prediction: Prediction, previews: ReadonlyMap<string, Preview>) => Promise<ResultObjects>
  readonly keeper: ResultKeeper
  readonly deliver: (results: ResultObjects, priority: Priority) => Promise<DeliveryReceipt>
  readonly clock: Clock
  /** Told of each step, where somebody follows the study. */
  readonly onStep?: OnStep
}

/**
 * The way of one study, from its reference to its delivered results: list, assess, fetch and analyse each image, join the findings,
 * report, keep, deliver. Safe to repeat: results are found by what went in, their bytes are kept, and delivery is idempotent.
 * @throws TriageError whose class says whether to try again
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

/** One image's finding; a permanent failure is itself a finding ("not analysed"), any other stops the study for a retry. */
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

/** Asks for an image uncompressed where no codec here reads it: the archive may have one. */
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

/** Keeps built results before they are delivered. Where two workers built the same ones, both deliver those kept first. */
async function keep(key: string, built: KeptResults, { keeper, requireStandingModel }: Pipeline): Promise<KeptResults> {
  // The model may have been retracted meanwhile, and nothing would withdraw a result that is kept after that.
  await requireStandingModel?.()
  if (await keeper.keepResults(key, built)) return built
  return (await keeper.keptResults(key)) ?? built
}
