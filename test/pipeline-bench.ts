import type { ImageAnalysis } from '../src/classify/image-analysis.ts'
import { TriageError } from '../src/errors/triage-error.ts'
import { parseDicomFile } from '../src/dicom/dicom-file.ts'
import { type KeptResults, type Pipeline, type ResultKeeper, type StudyOutcome, triageStudy } from '../src/pipeline.ts'
import { findingKeysOf } from '../src/report/uids.ts'
import { buildResults } from '../src/report/build-results.ts'
import { withoutServers } from '../src/settings/settings.ts'
import type { DicomObject, ResultObjects } from '../src/report/result-objects.ts'
import { type DicomSample, type SampleOptions, childChestRadiograph, newUid } from './servers/dicom-samples.ts'
import { dejavuFonts } from './report/picture/picture-fonts.ts'

const fonts = dejavuFonts()
export const study = { studyInstanceUid: newUid() }
export const sample = (options: SampleOptions = {}): DicomSample =>
  childChestRadiograph({ studyInstanceUid: study.studyInstanceUid, ...options })

/** An analysis as the network would return it; the pipeline only passes it on. */
export function analysis(pneumonia: number, displayDigest = 'the pixels'): ImageAnalysis {
  const box = { x: 8, y: 8, width: 40, height: 40 }
  return {
    displayDigest,
    preview: {
      width: 64,
      height: 64,
      reduced: { width: 64, height: 64, samples: new Uint8Array(64 * 64).fill(80) },
    },
    lungs: { kind: 'found', box, quality: 0.9, mask: { side: 224, samples: new Uint8Array(224 * 224).fill(1) } },
    probabilities: { pneumonia, normal: 1 - pneumonia, bacterial: 0.6 * pneumonia, viral: 0.4 * pneumonia },
    decision: pneumonia >= 0.5 ? 'present' : 'absent',
    activation: { width: 7, height: 7, samples: new Float32Array(49).fill(0.5) },
    ms: { decode: 1 },
  }
}

export interface Bench {
  readonly pipeline: Pipeline
  readonly reportedResults: ResultObjects[]
  readonly kept: Map<string, KeptResults>
  readonly analysed: string[]
}

/** What each bench has reported, by its keeper. */
const reportedBy = new WeakMap<ResultKeeper, ResultObjects[]>()

/** Runs the pipeline on the study and notes what it reports. */
export async function run(pipeline: Pipeline): Promise<StudyOutcome> {
  const outcome = await triageStudy(study, pipeline)
  if (outcome.kind === 'reported') reportedBy.get(pipeline.keeper)?.push(outcome.results)
  return outcome
}

/** The pipeline with real eligibility and report; archive and network are in memory. */
export function bench(samples: readonly DicomSample[], answers: readonly (number | TriageError)[]): Bench {
  const reportedResults: ResultObjects[] = []
  const kept = new Map<string, KeptResults>()
  const revisions = new Map<string, number>()
  const analysed: string[] = []
  let hour = 8
  const pipeline: Pipeline = {
    archive: {
      listImages: () => Promise.resolve(samples.map(({ bytes }) => parseDicomFile(bytes).dataset)),
      fetchImage: ({ sopInstanceUid }) => {
        analysed.push(sopInstanceUid)
        return Promise.resolve(samples.find((one) => one.sopInstanceUid === sopInstanceUid)!.bytes)
      },
      fetchUncompressed: () => Promise.resolve(undefined),
      readHeader: () => Promise.resolve(undefined),
    },
    rules: { minAgeYears: 1, maxAgeYears: 5, outsideAge: 'flag', undetermined: 'analyse' },
    analyser: {
      model: { name: 'pneumonia', version: '0.0.1', digest: 'a'.repeat(64) },
      thresholds: { present: 0.5, absent: 0.5 },
      analyse: () => {
        const answer = answers[(analysed.length - 1) % answers.length]!
        return answer instanceof TriageError ? Promise.reject(answer) : Promise.resolve(analysis(answer))
      },
    },
    report: (prediction, previews, revision) =>
      buildResults(prediction, previews, { fonts, settings: withoutServers({}), revision }),
    keeper: {
      keptResults: (key) => kept.get(key),
      keepResults: (results) => {
        const { findingKey } = findingKeysOf(results.prediction)
        revisions.set(findingKey, (revisions.get(findingKey) ?? -1) + 1)
        if (kept.has(results.results.resultKey)) return false
        kept.set(results.results.resultKey, results)
        return true
      },
      latestResultKey: () => [...kept.values()].at(-1)?.results.resultKey,
      latestRevision: (_uid, findingKey) => revisions.get(findingKey),
      identityVerdict: () => undefined,
    },
    // The clock advances an hour per reading, so that a result that is built twice would differ.
    clock: { now: () => new Date(Date.UTC(2026, 0, 1, hour++)), steadyMs: () => 0 },
  }
  reportedBy.set(pipeline.keeper, reportedResults)
  return { pipeline, reportedResults, kept, analysed }
}

export function reportOf({ parts }: ResultObjects): DicomObject {
  return parts.structuredReport![0]!
}

/** The reports that a report supersedes, as text; undefined for none. */
export function predecessorsOf({ bytes }: DicomObject): string | undefined {
  return JSON.stringify(parseDicomFile(bytes).dataset['0040A360'])
}

export async function failure(promise: Promise<unknown>): Promise<TriageError> {
  return promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error as TriageError,
  )
}
