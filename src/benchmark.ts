import { cpus, totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { LungSpeed } from './benchmark-lungs.ts'
import type { TrainingSpeed } from './benchmark-training.ts'
import type { ImageArchive } from './intake/archive.ts'
import { parseDicomFile } from './pixels/dicom-file.ts'
import { type Pipeline, triageStudy } from './pipeline.ts'
import type { ResultObjects } from './report/result-objects.ts'
import { writeResults } from './write-results.ts'

/** Median and 95th percentile of a step, in milliseconds. */
export interface StepSpeed {
  readonly medianMs: number
  readonly p95Ms: number
}

/** Steps of the contract (DESIGN.md); `report` is SR, picture and FHIR together, `deliver` writes them to a folder. */
const steps = ['decode', 'display', 'lungs', 'preprocess', 'network', 'report', 'deliver'] as const

export interface BenchmarkResult {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGb: number; readonly node: string }
  readonly image: { readonly rows: number; readonly columns: number; readonly transferSyntaxUid: string }
  readonly repeats: number
  readonly steps: Readonly<Record<string, StepSpeed>>
  readonly analyze: StepSpeed
  readonly studiesPerSecond: number
  readonly rssMb: number
}

/**
 * Times the whole way of one radiograph, from DICOM bytes in memory to results written, with the model resident: `repeats` runs
 * one after another after two warm-ups, then as many again with `concurrency` studies at a time for the throughput.
 */
export async function measureSpeed(
  bytes: Uint8Array<ArrayBuffer>,
  triage: Omit<Pipeline, 'archive' | 'keeper' | 'deliver'>,
  { repeats, concurrency, folder }: { repeats: number; concurrency: number; folder: string },
): Promise<BenchmarkResult> {
  const { dataset, transferSyntaxUid } = parseDicomFile(bytes)
  const archive: ImageArchive = {
    listImages: () => Promise.resolve([dataset]),
    fetchImage: () => Promise.resolve(new Uint8Array(bytes)),
    fetchUncompressed: () => Promise.resolve(undefined),
  }
  const keeper = { keptResults: () => undefined, keepResults: () => undefined, latestResultKey: () => undefined }
  const deliver = (results: ResultObjects) => writeResults(results, folder)
  const runOnce = () => timedRun({ ...triage, archive, keeper, deliver })

  for (let warmUp = 0; warmUp < 2; warmUp++) await runOnce()
  const runs: TimedRun[] = []
  for (let repeat = 0; repeat < repeats; repeat++) runs.push(await runOnce())
  const wholeMs = runs.map((run) => run.wholeMs)
  return {
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    image: {
      rows: Number(dataset['00280010']?.Value?.[0]),
      columns: Number(dataset['00280011']?.Value?.[0]),
      transferSyntaxUid,
    },
    repeats,
    steps: Object.fromEntries(steps.map((step) => [step, speedOf(runs.map((run) => run.ms[step] ?? 0))])),
    analyze: speedOf(wholeMs),
    studiesPerSecond: round(await throughput(runOnce, repeats, concurrency)),
    rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
  }
}

interface TimedRun {
  readonly wholeMs: number
  readonly ms: Readonly<Record<string, number>>
}

async function timedRun(pipeline: Pipeline): Promise<TimedRun> {
  const startMs = performance.now()
  const outcome = await triageStudy({ studyInstanceUid: 'benchmark' }, pipeline)
  if (outcome.kind !== 'reported' || outcome.prediction.kind !== 'analysed') {
    throw new Error('The benchmark image was not analysed; its times would mean nothing.')
  }
  return { wholeMs: performance.now() - startMs, ms: outcome.ms }
}

/** Studies a second with `concurrency` of them under way at any time. */
async function throughput(runOnce: () => Promise<unknown>, studies: number, concurrency: number): Promise<number> {
  let left = studies
  const consumer = async () => {
    while (left-- > 0) await runOnce()
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: concurrency }, consumer))
  return (studies * 1000) / (performance.now() - startMs)
}

export function speedOf(valuesMs: readonly number[]): StepSpeed {
  const sorted = [...valuesMs].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { medianMs: round(at(0.5)), p95Ms: round(at(0.95)) }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** The result as a table for people. */
export function describeSpeed(
  result: BenchmarkResult & {
    readonly readyMs: number
    readonly lungsBySize: readonly LungSpeed[]
    readonly training: TrainingSpeed
  },
): string {
  const rows = [...Object.entries(result.steps), ['whole', result.analyze] as const].map(
    ([step, speed]) =>
      `${step.padEnd(12)} ${String(speed.medianMs).padStart(8)} ms   ${String(speed.p95Ms).padStart(8)} ms`,
  )
  const { machine, image, training } = result
  return [
    `${machine.cores} x ${machine.cpu}, ${image.columns} x ${image.rows} pixels, ${result.repeats} repeats`,
    `${'step'.padEnd(12)} ${'median'.padStart(11)}   ${'95 %'.padStart(11)}`,
    ...rows,
    ...result.lungsBySize.map(
      ({ width, height, medianMs, p95Ms, reduceMs }) =>
        `lungs on one core, ${width} x ${height}: ${medianMs} ms (95 %: ${p95Ms} ms), ${reduceMs} ms of it to reduce the image`,
    ),
    `fine-tuning ${training.network} at ${training.imageSize} x ${training.imageSize}, batches of ${training.batchSize}: ${training.imagesPerSecond} images/s`,
    `${result.studiesPerSecond} studies/s, ready after ${result.readyMs} ms, ${result.rssMb} MB resident`,
  ].join('\n')
}
