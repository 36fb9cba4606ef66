import { type RefusedImage, assessStudy, namedRefusals } from './intake/eligibility.ts'
import type { ImageArchive } from './intake/archive.ts'
import { identityInDoubt, studyNotFound } from './intake/errors.ts'
import type { DicomDataset } from './dicom/dataset.ts'
import { textOf } from './dicom/element-values.ts'
import { rejectedObjects } from './intake/rejection-notes.ts'
import { type AskedImage, askedImageOf, imageRefOf } from './intake/asked-image.ts'
import type { EligibilityRules } from './intake/rule.ts'
import type { EligibleImage, StudyRef } from './intake/study.ts'
import type { ImageAnalysis } from './classify/image-analysis.ts'
import type { ImageNotAnalysed, ModelIdentity, Prediction, Thresholds } from './classify/prediction.ts'
import { type AnalysedImage, toPrediction, withNumbersOf } from './classify/study-prediction.ts'
import { liesInFile } from './analyse/lies-in-file.ts'
import { asTriageError } from './errors/triage-error.ts'
import { transferSyntaxUnsupported } from './pixels/errors.ts'
import type { Preview } from './pixels/preview.ts'
import type { RefusalCode } from './errors/reason-codes.ts'
import type { ResultObjects } from './report/result-objects.ts'
import { type IdentityChange, type IdentityVerdict, identityChange } from './report/identity/identity-change.ts'
import { identityOf } from './report/identity/study-identity.ts'
import { findingKeysOf } from './report/uids.ts'
import { type Clock, localIso } from './clock.ts'
import { type OnStep, type StepTimes, Stopwatch } from './stopwatch.ts'

/** The outcome of a study. `skipped`: it holds no image to analyse or to report on. */
export type StudyOutcome = {
  /** SOP Instance UIDs that rejection notes in the archive take out of use. */
  readonly rejected?: readonly string[]
} & (
  | {
      readonly kind: 'reported'
      readonly prediction: Prediction
      readonly results: ResultObjects
      readonly ms: StepTimes
    }
  | { readonly kind: 'skipped'; readonly reasons: readonly RefusalReason[] }
)

/** Why an image of a skipped study was not analysed, or that the study is gone. */
interface RefusalReason {
  readonly code: RefusalCode | 'DELETED' | 'REJECTED'
  readonly reason: string
}

/** Results that are stored before delivery, so that a retry sends the same bytes. */
export interface KeptResults {
  readonly prediction: Prediction
  readonly results: ResultObjects
}

/** Stores built results until delivery. The first results under a key remain. */
export interface ResultKeeper {
  keptResults(resultKey: string): MaybePromise<KeptResults | undefined>
  /** Stores results under their result key. Returns whether they were the first. */
  keepResults(kept: KeptResults): MaybePromise<boolean>
  /** Key of the latest result stored for a study. */
  latestResultKey(studyInstanceUid: string): MaybePromise<string | undefined>
  /** What a person decided about the study's patient, who was changed in doubt after that result. */
  identityVerdict(resultKey: string): MaybePromise<IdentityVerdict | undefined>
  /** The latest revision of results that were ever stored for a finding of the study; undefined for none. */
  latestRevision(studyInstanceUid: string, findingKey: string): MaybePromise<number | undefined>
}

/** Keeps no results: every study is as new. */
export const keepsNothing: ResultKeeper = {
  keptResults: () => undefined,
  keepResults: () => true,
  latestResultKey: () => undefined,
  latestRevision: () => undefined,
  identityVerdict: () => undefined,
}

type MaybePromise<Value> = Value | Promise<Value>

/** Turns the DICOM bytes of one image into its analysis. */
export interface Analyser {
  readonly model: ModelIdentity
  readonly thresholds: Thresholds
  /** @throws INTAKE_IMAGE_DIFFERS if the bytes are not the image that was asked for */
  analyse(bytes: Uint8Array<ArrayBuffer>, asked: AskedImage): Promise<ImageAnalysis>
}

/** The steps that reach outside, passed in by the caller. */
export interface Pipeline {
  readonly archive: ImageArchive
  readonly rules: EligibilityRules
  readonly analyser: Analyser
  /** Throws if the analyser's model was retracted. Absent for files, which are analysed without a service. */
  readonly requireStandingModel?: () => void | Promise<void>
  readonly report: (
    prediction: Prediction,
    previews: ReadonlyMap<string, Preview>,
    revision: number,
  ) => Promise<ResultObjects>
  readonly keeper: ResultKeeper
  readonly clock: Clock
  /** Called after each step, for tracing. */
  readonly onStep?: OnStep
}

/**
 * Processes one study, from its reference to its stored results: list, assess, fetch and analyse each image, join the
 * findings, report, keep. Safe to repeat: the same finding on the same patient keeps its first bytes.
 * @throws TriageError whose class says whether to retry
 */
export async function triageStudy(study: StudyRef, pipeline: Pipeline): Promise<StudyOutcome> {
  const { archive } = pipeline
  const stopwatch = new Stopwatch(pipeline.clock, pipeline.onStep)
  await pipeline.requireStandingModel?.()

  const datasets = await stopwatch.time('list', () => listed(study, archive))
  if (datasets === undefined) return { kind: 'skipped', reasons: [deleted] }
  const notes = rejectedObjects(datasets)
  const standing = datasets.filter((dataset) => !notes.has(textOf(dataset, '00080018') ?? ''))
  const rejected = standing.length === datasets.length ? {} : { rejected: [...notes] }
  const assessed = assessStudy(standing, pipeline.rules)
  const [source] = [...assessed.eligible, ...namedRefusals(assessed)]
  if (source === undefined) {
    const reasons = [...('rejected' in rejected ? [imagesRejected] : []), ...assessed.refused.map(toReason)]
    return { kind: 'skipped', reasons, ...rejected }
  }

  const findings: ImageFinding[] = []
  for (const image of assessed.eligible) findings.push(await fetchAndAnalyse(image, pipeline, stopwatch))
  const { prediction, results } = await keep(
    { source, findings, refused: namedRefusals(assessed) },
    pipeline,
    stopwatch,
  )
  return { kind: 'reported', prediction, results, ms: stopwatch.times, ...rejected }
}

const imagesRejected: RefusalReason = { code: 'REJECTED', reason: 'The images were rejected in the archive.' }
const deleted: RefusalReason = { code: 'DELETED', reason: 'The archive no longer has the study.' }

/** Undefined if the archive does not have the study: it was deleted, and nothing of ours may bring it back. */
async function listed(study: StudyRef, archive: ImageArchive): Promise<DicomDataset[] | undefined> {
  try {
    return await archive.listImages(study)
  } catch (error) {
    if (studyNotFound.matches(error)) return undefined
    throw error
  }
}

function toReason({ code, reason }: RefusedImage): RefusalReason {
  return { code, reason }
}

function toNotAnalysed({ header, code, reason }: RefusedImage): ImageNotAnalysed {
  return { header, outcome: 'refused', code, reason }
}

type ImageFinding = AnalysedImage | ImageNotAnalysed

/** The finding on one image. A failure that lies in the file is the finding "not analysed"; any other is thrown. */
async function fetchAndAnalyse(image: EligibleImage, pipeline: Pipeline, stopwatch: Stopwatch): Promise<ImageFinding> {
  const bytes = await stopwatch.time('fetch', () => pipeline.archive.fetchImage(imageRefOf(image.dataset)))
  try {
    const analysis = await analyseBytes(bytes, image, pipeline, stopwatch)
    stopwatch.add(analysis.ms)
    return { ...image, analysis }
  } catch (thrown) {
    const error = asTriageError(thrown)
    if (!liesInFile(error)) throw error
    return { header: image.header, outcome: 'failed', code: error.code, reason: error.message }
  }
}

/** Fetches an image uncompressed if no codec here reads it, because the archive may have one. */
async function analyseBytes(
  bytes: Uint8Array<ArrayBuffer>,
  image: EligibleImage,
  { archive, analyser }: Pipeline,
  stopwatch: Stopwatch,
): Promise<ImageAnalysis> {
  const asked = askedImageOf(image.dataset)
  try {
    return await analyser.analyse(bytes, asked)
  } catch (error) {
    if (!transferSyntaxUnsupported.matches(error)) throw error
    const uncompressed = await stopwatch.time('fetch', () => archive.fetchUncompressed(imageRefOf(image.dataset)))
    if (uncompressed === undefined) throw error
    return analyser.analyse(uncompressed, asked)
  }
}

/** What was found in a study. */
interface StudyFindings {
  /** The image whose patient and study attributes the results copy. */
  readonly source: EligibleImage | RefusedImage
  readonly findings: readonly ImageFinding[]
  readonly refused: readonly RefusedImage[]
}

/**
 * The results to deliver, stored first. A study that is analysed again with the same finding on the same patient keeps
 * its results. Otherwise new ones are built, which supersede those of the same patient.
 */
async function keep(found: StudyFindings, pipeline: Pipeline, stopwatch: Stopwatch): Promise<KeptResults> {
  const { analyser, keeper, clock } = pipeline
  const { source, findings, refused } = found
  const { studyInstanceUid } = source.header
  const analysed = findings.filter((finding) => 'analysis' in finding)
  const notAnalysed = [...refused.map(toNotAnalysed), ...findings.filter((finding) => 'outcome' in finding)]
  const latest = await latestResults(studyInstanceUid, keeper)
  const change = latest && (await decidedChange(latest, source.dataset, keeper))
  const fresh = toPrediction(analysed, notAnalysed, {
    source,
    supersedes: change === 'another-person' ? undefined : latest?.results.resultKey,
    followsAnotherPatient: change === 'another-person',
    model: analyser.model,
    thresholds: analyser.thresholds,
    analysedAt: localIso(clock.now()),
  })
  const keys = findingKeysOf(fresh)
  const before = latest && findingKeysOf(latest.prediction)
  if (latest !== undefined && before?.findingKey === keys.findingKey) return latest
  // A network that runs on other hardware may differ in the last digit, and so at a threshold.
  const prediction =
    latest !== undefined && before?.analysisKey === keys.analysisKey ? withNumbersOf(latest.prediction, fresh) : fresh
  const revision = ((await keeper.latestRevision(studyInstanceUid, keys.findingKey)) ?? -1) + 1
  const previews = new Map(analysed.map((image) => [image.header.sopInstanceUid, image.analysis.preview]))
  const results = await stopwatch.time('report', () => pipeline.report(prediction, previews, revision))
  return keepBuilt({ prediction, results }, pipeline)
}

/**
 * What the change of a study's identity since its latest results means.
 * @throws INTAKE_IDENTITY_IN_DOUBT
 */
async function decidedChange(
  { prediction, results }: KeptResults,
  now: DicomDataset,
  keeper: ResultKeeper,
): Promise<Exclude<IdentityChange, 'doubt'>> {
  const change = identityChange(identityOf(prediction.source), identityOf(now))
  if (change !== 'doubt') return change
  const verdict = await keeper.identityVerdict(results.resultKey)
  if (verdict === undefined) throw identityInDoubt()
  return verdict
}

async function latestResults(studyInstanceUid: string, keeper: ResultKeeper): Promise<KeptResults | undefined> {
  const resultKey = await keeper.latestResultKey(studyInstanceUid)
  return resultKey === undefined ? undefined : keeper.keptResults(resultKey)
}

/** If two workers built the same results, both deliver those that were stored first. */
async function keepBuilt(built: KeptResults, { keeper, requireStandingModel }: Pipeline): Promise<KeptResults> {
  // The model may have been retracted in the meantime, and a result stored after that would not be withdrawn.
  await requireStandingModel?.()
  if (await keeper.keepResults(built)) return built
  return (await keeper.keptResults(built.results.resultKey)) ?? built
}
