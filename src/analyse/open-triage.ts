import { availableParallelism } from 'node:os'
import sharp from 'sharp'
import type { EngineInfo } from '../classify/engine.ts'
import { microBatched } from '../classify/engines/micro-batches.ts'
import { openEngine } from '../classify/engines/open-engine.ts'
import { modelIdentity } from '../classify/model-digest.ts'
import type { Thresholds } from '../classify/prediction.ts'
import { eligibilityRules } from '../intake/eligibility.ts'
import { loadFonts } from './load-fonts.ts'
import { type CheckedModelFolder, checkModelFolder, modelDir } from './model-folder.ts'
import type { Pipeline } from '../pipeline.ts'
import { type ReportOptions, buildResults } from '../report/build-results.ts'
import type { Hl7Parties } from '../report/hl7/oru.ts'
import type { PictureFonts } from '../report/picture/fonts.ts'
import { resultFormatVersion } from '../report/uids.ts'
import { ImageWorkers } from './image-workers.ts'
import { LocalAnalyser } from './local-analyser.ts'
import type { Settings } from '../settings/settings.ts'
import { systemClock } from '../clock.ts'

/** The part of the pipeline that needs no server: a loaded model, and what turns its findings into results. */
export interface OpenTriage extends Pick<Pipeline, 'rules' | 'analyser' | 'report' | 'clock'> {
  /** How eligible images are told and results are written under other settings than those that it was opened with. */
  under(settings: Settings): Pick<Pipeline, 'rules' | 'report'>
  readonly engine: EngineInfo
  readonly folder: CheckedModelFolder
  /** Ends the worker threads and the network's session. */
  close(): Promise<void>
}

/** Longest that reading one image may take; the slowest real one measured takes two seconds. */
const imageTimeoutMs = 60_000
const maxHeapMb = 1024

/**
 * Loads model, network and worker threads by the settings.
 * @param networkThreads CPU threads of the network
 * @throws MODEL_*, CLASSIFY_*
 */
export async function openTriage(
  settings: Settings,
  networkThreads: number = availableParallelism(),
): Promise<OpenTriage> {
  // No picture is drawn twice, so what libvips would remember of each is of no use.
  sharp.cache(false)
  // The studies fill the processors; threads within a drawing would only be in each other's way.
  sharp.concurrency(1)
  const folder = await checkModelFolder(modelDir(settings.Model))
  const { manifest, networkFile } = folder
  const { Provider, BatchSize, BatchWaitMs } = settings.Engine
  const [opened, fonts] = await Promise.all([
    openEngine({
      modelFile: networkFile,
      network: manifest.network,
      provider: Provider,
      threads: networkThreads,
    }),
    loadFonts(),
  ])
  const engine = BatchSize === 1 ? opened : microBatched(opened, { batchSize: BatchSize, waitMs: BatchWaitMs })
  const thresholds = thresholdsOf(settings, manifest.labels.pneumonia.thresholds)
  const workers = new ImageWorkers({
    modelDir: folder.dir,
    threads: settings.Queue.Concurrency,
    timeoutMs: imageTimeoutMs,
    maxHeapMb,
  })
  const model = modelIdentity(manifest, thresholds, resultFormatVersion)
  const analyser = new LocalAnalyser({ model, thresholds, manifest, workers, engine })
  const under: OpenTriage['under'] = ({ Eligibility, Results, Fhir, Hl7 }) => ({
    rules: eligibilityRules(Eligibility),
    report: (prediction, previews) => buildResults(prediction, previews, reportOptions({ Results, Fhir, Hl7 }, fonts)),
  })
  return {
    ...under(settings),
    under,
    analyser,
    clock: systemClock,
    engine: engine.info,
    folder,
    close: () => analyser.close(),
  }
}

function reportOptions(
  { Results, Fhir, Hl7 }: Pick<Settings, 'Results' | 'Fhir' | 'Hl7'>,
  fonts: PictureFonts,
): ReportOptions {
  return {
    fonts,
    segmentLungs: Results.Segmentation,
    patientIdentifierSystem: Fhir.PatientIdentifierSystem,
    accessionIdentifierSystem: Fhir.AccessionIdentifierSystem,
    readingTask: Fhir.Task,
    ...(Hl7 !== undefined && { hl7: partiesOf(Hl7) }),
  }
}

function partiesOf(hl7: NonNullable<Settings['Hl7']>): Hl7Parties {
  return {
    sendingApplication: hl7.SendingApplication,
    sendingFacility: hl7.SendingFacility,
    receivingApplication: hl7.ReceivingApplication,
    receivingFacility: hl7.ReceivingFacility,
  }
}

function thresholdsOf({ Thresholds }: Settings, ofTheModel: Thresholds): Thresholds {
  return Thresholds === undefined ? ofTheModel : { present: Thresholds.Present, absent: Thresholds.Absent }
}
