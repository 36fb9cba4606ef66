import type { DecodeSpeed } from './decode.ts'
import type { LungSpeed } from './lungs.ts'
import type { NetworkSpeed } from './network.ts'
import type { OrthancSpeed } from './orthanc.ts'
import type { PeerComparison } from './peer.ts'
import type { ScaleSpeed } from './scale.ts'
import type { SoakSpeed } from './soak.ts'
import type { StepSpeed } from './speed.ts'
import type { BenchmarkResult } from './study.ts'
import type { TrainingSpeed } from './training.ts'
import type { WorkersSpeed } from './workers.ts'

/** All results of `benchmark`. */
export interface WholeBenchmark extends BenchmarkResult {
  readonly model: string
  readonly readyMs: number
  readonly decodeBySyntax: readonly DecodeSpeed[]
  readonly lungsBySize: readonly LungSpeed[]
  readonly network: NetworkSpeed
  readonly reportParts: Readonly<Record<string, StepSpeed>>
  readonly training: TrainingSpeed
  readonly orthanc?: OrthancSpeed
  readonly workers?: WorkersSpeed
  readonly peer?: PeerComparison
  readonly scale?: readonly ScaleSpeed[]
  readonly soak?: SoakSpeed
}

/** The results as text for a terminal. */
export function describeBenchmark(result: WholeBenchmark): string {
  const { machine, image, network } = result
  return [
    `${machine.cores} x ${machine.cpu}, ${image.columns} x ${image.rows} pixels, ${result.repeats} repeats, model ${result.model}`,
    row('step', 'median', '95 %'),
    ...Object.entries(result.steps).map(speedRow),
    speedRow(['whole', result.analyze]),
    ...Object.entries(result.reportParts).map(([part, speed]) => speedRow([`report: ${part}`, speed])),
    ...result.decodeBySyntax.map((speed) => speedRow([`decode: ${speed.transferSyntax}`, speed])),
    ...result.lungsBySize.map((speed) => speedRow([`lungs: ${speed.width} x ${speed.height}, one core`, speed])),
    speedRow(['network: our engine', network.engine]),
    speedRow(['network: bare ONNX Runtime', network.bareOnnxRuntime]),
    `network by batch: ${Object.entries(network.imagesPerSecondByBatch)
      .map(([size, speed]) => `${size}: ${speed} images/s`)
      .join(', ')}`,
    trainingLine(result.training),
    ...(result.orthanc === undefined ? [] : orthancLines(result.orthanc)),
    ...(result.workers === undefined ? [] : [workersLine(result.workers)]),
    ...(result.peer === undefined ? [] : peerLines(result.peer)),
    ...(result.scale ?? []).map(scaleLine),
    ...(result.soak === undefined ? [] : [soakLine(result.soak)]),
    `${result.studiesPerSecond} studies/s, ready after ${result.readyMs} ms, ${result.rssMb} MB resident`,
  ].join('\n')
}

function row(name: string, median: string, p95: string): string {
  return `${name.padEnd(36)} ${median.padStart(10)}    ${p95.padStart(10)}`
}

function speedRow([name, { medianMs, p95Ms }]: readonly [string, StepSpeed]): string {
  return row(name, `${medianMs} ms`, `${p95Ms} ms`)
}

function trainingLine({ network, imageSize, batchSize, imagesPerSecond }: TrainingSpeed): string {
  return `fine-tuning ${network} at ${imageSize} x ${imageSize}, batches of ${batchSize}: ${imagesPerSecond} images/s`
}

function orthancLines(orthanc: OrthancSpeed): string[] {
  return [
    speedRow(['Orthanc: stable study to report', orthanc.fromStable]),
    speedRow(['Orthanc: last image to report', orthanc.fromLastInstance]),
    `through Orthanc: ${orthanc.studiesPerSecond} studies/s, service ready after ${orthanc.readyMs} ms, ${orthanc.serviceRssMb} MB at most`,
  ]
}

function scaleLine({ studies, bookkeeping, worklistPage, worklistPageKb, stateKbPerStudy }: ScaleSpeed): string {
  return (
    `${studies} studies on the list: bookkeeping ${bookkeeping.medianMs} ms per study, page ${worklistPage.medianMs} ms and ` +
    `${worklistPageKb} KB, state ${stateKbPerStudy} KB per study`
  )
}

function soakLine({
  studies,
  studiesPerSecond,
  mostMb,
  mbByTenth,
  openFilesAtFirst,
  openFilesAtLast,
}: SoakSpeed): string {
  return (
    `${studies} studies in sequence: ${studiesPerSecond} studies/s, ${mbByTenth.join(', ')} MB by tenths, ${mostMb} MB at most, ` +
    `open files: ${openFilesAtFirst} at the start, ${openFilesAtLast} at the end`
  )
}

function workersLine({ one, two, timesAsFast, studiesOfEach }: WorkersSpeed): string {
  const shares = studiesOfEach.join(' and ')
  return `workers on Redis, one processor each: one ${one} studies/s, two ${two} (${shares} studies): ${timesAsFast} times as fast`
}

function peerLines({ peer, whole, network, timesAsFast }: PeerComparison): string[] {
  const versions = Object.entries(peer.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
  return [
    `peer (${versions}): file to report without lungs ${peer.wholeMs} ms, ours ${whole.medianMs} ms: ${timesAsFast.whole} times as fast`,
    `peer's network: eager ${peer.network.eagerMs} ms, frozen ${peer.network.frozenMs} ms, ours ${network.medianMs} ms: ` +
      `${timesAsFast.networkEager} and ${timesAsFast.networkFrozen} times as fast`,
  ]
}
