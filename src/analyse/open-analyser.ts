import type { EngineInfo } from '../classify/engine.ts'
import { microBatched } from '../classify/engines/micro-batches.ts'
import { openEngine } from '../classify/engines/open-engine.ts'
import { modelIdentity } from '../classify/model-digest.ts'
import type { Thresholds } from '../classify/prediction.ts'
import { systemClock } from '../clock.ts'
import type { Analyser } from '../pipeline.ts'
import { resultFormatVersion } from '../report/uids.ts'
import type { Settings } from '../settings/settings.ts'
import { analyseImage } from './analyse-image.ts'
import type { ImageTask } from './image-task.ts'
import { ImageWorkers } from './image-workers.ts'
import { type CheckedModelFolder, checkModelFolder, modelDir } from './model-folder.ts'

/** A loaded model that is ready for images: worker threads that read them and the network's resident session. */
export interface OpenAnalyser {
  readonly analyser: Analyser
  readonly engine: EngineInfo
  readonly folder: CheckedModelFolder
  /** Stops the worker threads and closes the network's session. */
  close(): Promise<void>
}

/** Time limit for reading one image; the slowest real image measured takes two seconds. */
const imageTimeoutMs = 60_000
const maxHeapMb = 1024

/**
 * Loads the model, the network and the worker threads that the settings specify.
 * @param networkThreads CPU threads of the network
 * @throws MODEL_*, CLASSIFY_*
 */
export async function openAnalyser(
  settings: Pick<Settings, 'Model' | 'Engine' | 'Queue' | 'Thresholds'>,
  networkThreads: number,
): Promise<OpenAnalyser> {
  const folder = await checkModelFolder(modelDir(settings.Model))
  const { manifest, networkFile } = folder
  const { Provider, BatchSize, BatchWaitMs } = settings.Engine
  const opened = await openEngine({
    modelFile: networkFile,
    network: manifest.network,
    provider: Provider,
    threads: networkThreads,
  })
  const engine = BatchSize === 1 ? opened : microBatched(opened, { batchSize: BatchSize, waitMs: BatchWaitMs })
  const thresholds = thresholdsOf(settings, manifest.labels.pneumonia.thresholds)
  const workers = new ImageWorkers({
    modelDir: folder.dir,
    threads: settings.Queue.Concurrency,
    timeoutMs: imageTimeoutMs,
    maxHeapMb,
  })
  const resident = { manifest, thresholds, engine, prepare: (task: ImageTask) => workers.prepare(task) }
  return {
    analyser: {
      model: modelIdentity(manifest, thresholds, resultFormatVersion),
      thresholds,
      analyse: (bytes, asked) => analyseImage({ bytes, asked }, resident, systemClock.steadyMs),
    },
    engine: engine.info,
    folder,
    close: async () => {
      await workers.close()
      await engine.close()
    },
  }
}

function thresholdsOf({ Thresholds }: Pick<Settings, 'Thresholds'>, ofTheModel: Thresholds): Thresholds {
  return Thresholds === undefined ? ofTheModel : { present: Thresholds.Present, absent: Thresholds.Absent }
}
