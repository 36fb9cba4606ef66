import { type RefusedImage, assessStudy, namedRefusals } from './intake/eligibility.ts'
import type { ImageArchive } from './intake/archive.ts'
import type { EligibilityRules } from './intake/rule.ts'
import type { EligibleImage, StudyRef } from './intake/study.ts'
import type { ImageAnalysis } from './classify/image-analysis.ts'
import type { ImageNotAnalysed, ModelIdentity, Prediction, Thresholds } from './classify/prediction.ts'
import { type AnalysedImage, toPrediction } from './classify/study-prediction.ts'
import { type Priority, priorityOf } from './deliver/priority.ts'
import type { DeliveryReceipt } from './deliver/receipt.ts'
import { TriageError, asTriageError } from './errors.ts'
import type { Preview } from './pixels/preview.ts'
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
export interface RefusalReason {
  readonly sopInstanceUid: string
  readonly code: string
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

/** The steps with an outside, handed in by `main.ts`. */
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
 * The way of one study, from its reference to its delivered results. Safe to repeat: results are found by what went in, their
 * bytes are kept, and delivery is idempotent.
 * @throws TriageError whose class says whether to try again
 */
export async function triageStudy(study: StudyRef, pipeline: Pipeline): Promise<StudyOutcome> {
  await pipeline.requireStandingModel?.()
  const stopwatch = new Stopwatch(pipeline.clock, pipeline.onStep)
  const datasets = await stopwatch.time('list', () => pipeline.archive.listImages(study))
  const assessed = assessStudy(datasets, pipeline.rules)
  const { eligible, refused } = assessed
  const named = namedRefusals(assessed)
  if (eligible.length === 0 && named.length === 0) {
    return {
      kind: 'skipped',
      reasons: refused.map(({ header, code, reason }) => ({ sopInstanceUid: header.sopInstanceUid, code, reason })),
    }
  }
  const sources = [...eligible, ...named].map((image) => image.header.sopInstanceUid)
  const key = inputKey(sources, pipeline.analyser.model.digest)
  const kept =
    (await pipeline.keeper.keptResults(key)) ?? (await findAndKeep(key, eligible, named, pipeline, stopwatch))
  const receipt = await stopwatch.time('deliver', () => pipeline.deliver(kept.results, priorityOf(kept.prediction)))
  return {
    kind: 'reported',
    prediction: kept.prediction,
    inputKey: key,
    resultKey: kept.results.resultKey,
    receipt,
    ms: stopwatch.times,
  }
}

async function findAndKeep(
  key: string,
  eligible: readonly EligibleImage[],
  named: readonly RefusedImage[],
  pipeline: Pipeline,
  stopwatch: Stopwatch,
): Promise<KeptResults> {
  const analysed: AnalysedImage[] = []
  const notAnalysed: ImageNotAnalysed[] = named.map(({ header, code, reason }) => ({
    header,
    outcome: 'refused',
    code,
    reason,
  }))
  for (const image of eligible) {
    const finding = await analyseImage(image, pipeline, stopwatch)
    if ('analysis' in finding) analysed.push(finding)
    else notAnalysed.push(finding)
  }
  const source = (eligible[0] ?? named[0])!
  const prediction = toPrediction(analysed, notAnalysed, {
    source,
    supersedes: await pipeline.keeper.latestResultKey(source.header.studyInstanceUid),
    model: pipeline.analyser.model,
    thresholds: pipeline.analyser.thresholds,
    analysedAt: localIso(pipeline.clock.now()),
  })
  const previews = new Map(analysed.map((image) => [image.header.sopInstanceUid, image.analysis.preview]))
  const results = await stopwatch.time('report', () => pipeline.report(prediction, previews))
  const built = { prediction, results }
  // Retracted while it was at work: a result that is kept from here on, nobody would withdraw.
  await pipeline.requireStandingModel?.()
  if (await pipeline.keeper.keepResults(key, built)) return built
  // Where two workers built the same results, the first kept ones are delivered by both.
  return (await pipeline.keeper.keptResults(key)) ?? built
}

/** One image's finding; a permanent failure is itself a finding ("not analysed"), any other stops the study for a retry. */
async function analyseImage(
  image: EligibleImage,
  pipeline: Pipeline,
  stopwatch: Stopwatch,
): Promise<AnalysedImage | ImageNotAnalysed> {
  const { archive, analyser } = pipeline
  const bytes = await stopwatch.time('fetch', () => archive.fetchImage(image.header))
  try {
    const analysis = await analyser.analyse(bytes).catch(async (error: unknown) => {
      const uncompressed = isUnreadSyntax(error)
        ? await stopwatch.time('fetch', () => archive.fetchUncompressed(image.header))
        : undefined
      if (uncompressed === undefined) throw error
      return analyser.analyse(uncompressed)
    })
    stopwatch.add(analysis.ms)
    return { ...image, analysis }
  } catch (thrown) {
    const error = asTriageError(thrown)
    if (error.failureClass !== 'permanent') throw error
    return { header: image.header, outcome: 'failed', code: error.code, reason: error.message }
  }
}

/** The archive may have codecs that we lack. */
function isUnreadSyntax(error: unknown): boolean {
  return error instanceof TriageError && error.code === 'PIXELS_TRANSFER_SYNTAX_UNSUPPORTED'
}
