import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelName } from '../classify/model-name.ts'
import { openEngine } from '../classify/engines/open-engine.ts'
import type { OpenTriage } from '../analyse/open-triage.ts'
import { measureDecoding } from './decode.ts'
import type { WholeBenchmark } from './describe.ts'
import { benchmarkImage, benchmarkPixels } from './image.ts'
import { loadModelFolder } from '../analyse/model-folder.ts'
import { measureLungs } from './lungs.ts'
import { measureNetwork } from './network.ts'
import { measureThroughOrthanc } from './orthanc.ts'
import { compareWithPeer } from './peer.ts'
import { measureReport } from './report.ts'
import { measureScale } from './scale.ts'
import { benchmarkStudies } from './sources.ts'
import { measureSoak } from './soak.ts'
import { measureStudies } from './study.ts'
import { measureTraining } from './training.ts'
import { measureWorkers } from './workers.ts'

export interface BenchmarkOptions {
  readonly repeats: number
  /** Also measures through a real Orthanc, which must be installed. */
  readonly orthanc: boolean
  /** Also compares one worker with two on a Redis, which must be installed. */
  readonly workers: boolean
  /** Also compares with the Python peer, whose packages must be installed. */
  readonly peer: boolean
  /** Also measures the coordinator with an increasing number of studies on its worklist. */
  readonly scale: boolean
  /** Number of studies through Orthanc to measure the memory of the service over time; 0 for none. */
  readonly soak: number
}

/** Columns and rows of the image: the size of a small detector. */
const imageSide = 2000
const concurrency = 2
/** An upper limit, because each step takes several seconds. */
const trainingSteps = 3
const studiesThroughOrthanc = { oneAtATime: 11, many: 40 }
const studiesOfWorkers = 24
const studiesOnList = [300, 1000, 3000, 10_000]

/** Runs all measurements in sequence, on synthetic radiographs that are the same in every run. */
export async function runBenchmark(triage: OpenTriage, options: BenchmarkOptions): Promise<WholeBenchmark> {
  const readyMs = Math.round(process.uptime() * 1000)
  const { repeats } = options
  const { atlas, networkFile, manifest } = await loadModelFolder(triage.folder.dir)
  const threads = availableParallelism()
  const image = await benchmarkImage(atlas, imageSide)
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-benchmark-'))
  const engine = await openEngine({
    modelFile: networkFile,
    network: manifest.network,
    provider: triage.engine.provider,
    threads,
  })
  try {
    const { speed, input } = await measureStudies(image, triage, { repeats, concurrency, folder: dir })
    return {
      ...speed,
      model: modelName(triage.analyser.model),
      readyMs,
      decodeBySyntax: await measureDecoding(image, repeats),
      lungsBySize: await measureLungs(atlas, repeats),
      network: await measureNetwork(engine, networkFile, { repeats, threads }),
      reportParts: await measureReport(input, repeats),
      training: await measureTraining(Math.min(trainingSteps, repeats), { provider: 'cpu', threads }),
      ...(options.orthanc && {
        orthanc: await measureThroughOrthanc(
          await benchmarkStudies(atlas, imageSide, studiesThroughOrthanc.oneAtATime, 'single'),
          await benchmarkStudies(atlas, imageSide, studiesThroughOrthanc.many, 'many'),
          triage.folder.dir,
          join(dir, 'orthanc'),
        ),
      }),
      ...(options.scale && { scale: await measureScale(studiesOnList, dir, triage.clock) }),
      ...(options.soak > 0 && {
        soak: await measureSoak(
          await benchmarkPixels(atlas, imageSide),
          options.soak,
          triage.folder.dir,
          join(dir, 'soak'),
        ),
      }),
      ...(options.workers && {
        workers: await measureWorkers(await benchmarkStudies(atlas, imageSide, studiesOfWorkers, 'shared'), {
          modelDir: triage.folder.dir,
          model: triage.analyser.model,
          workDir: join(dir, 'workers'),
        }),
      }),
      ...(options.peer && {
        peer: await compareWithPeer(image, {
          ...{ engine, repeats, threads, workDir: dir },
          folder: triage.folder,
          model: triage.analyser.model,
        }),
      }),
    }
  } finally {
    await engine.close()
    await rm(dir, { recursive: true })
  }
}
