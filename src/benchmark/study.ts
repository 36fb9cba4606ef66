import { cpus, totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { ImageArchive } from '../intake/archive.ts'
import { parseDicomFile } from '../dicom/dicom-file.ts'
import { type Pipeline, keepsNothing, triageStudy } from '../pipeline.ts'
import { writeResults } from '../commands/write-results.ts'
import { notAnalysed } from './errors.ts'
import type { ReportInput } from './report.ts'
import { type StepSpeed, round, speedOf } from './speed.ts'

/** Steps of docs/architecture.md. `report` builds SR, picture and FHIR; `deliver` writes them to a folder. */
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
 * Times one radiograph from DICOM bytes in memory to written results, with the model loaded. `repeats` runs follow two
 * warm-ups, one at a time; as many runs with `concurrency` studies at a time then give the throughput.
 * @returns the times, and the input of the reports
 */
export async function measureStudies(
  bytes: Uint8Array<ArrayBuffer>,
  triage: Omit<Pipeline, 'archive' | 'keeper'>,
  { repeats, concurrency, folder }: { repeats: number; concurrency: number; folder: string },
): Promise<{ speed: BenchmarkResult; input: ReportInput }> {
  const { dataset, transferSyntaxUid } = parseDicomFile(bytes)
  const archive: ImageArchive = {
    listImages: () => Promise.resolve([dataset]),
    readHeader: () => Promise.resolve(dataset),
    fetchImage: () => Promise.resolve(new Uint8Array(bytes)),
    fetchUncompressed: () => Promise.resolve(undefined),
  }
  let input: ReportInput | undefined
  const report: Pipeline['report'] = (prediction, previews, revision) => {
    if (prediction.kind === 'analysed') input = { prediction, previews }
    return triage.report(prediction, previews, revision)
  }
  const runOnce = () => timedRun({ ...triage, report, archive, keeper: keepsNothing }, folder)

  for (let warmUp = 0; warmUp < 2; warmUp++) await runOnce()
  const runs: TimedRun[] = []
  for (let repeat = 0; repeat < repeats; repeat++) runs.push(await runOnce())
  const wholeMs = runs.map((run) => run.wholeMs)
  const speed = {
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
  return { speed, input: input! }
}

interface TimedRun {
  readonly wholeMs: number
  readonly ms: Readonly<Record<string, number>>
}

async function timedRun(pipeline: Pipeline, folder: string): Promise<TimedRun> {
  const startMs = performance.now()
  const outcome = await triageStudy({ studyInstanceUid: 'benchmark' }, pipeline)
  if (outcome.kind !== 'reported' || outcome.prediction.kind !== 'analysed') {
    throw notAnalysed()
  }
  const builtMs = performance.now()
  await writeResults(outcome.results, folder)
  const endMs = performance.now()
  return { wholeMs: endMs - startMs, ms: { ...outcome.ms, deliver: endMs - builtMs } }
}

/** Studies per second, with `concurrency` studies in progress at a time. */
async function throughput(runOnce: () => Promise<unknown>, studies: number, concurrency: number): Promise<number> {
  let left = studies
  const consumer = async () => {
    while (left-- > 0) await runOnce()
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: concurrency }, consumer))
  return (studies * 1000) / (performance.now() - startMs)
}
