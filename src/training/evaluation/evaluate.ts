import type { EngineProvider } from '../../classify/engine.ts'
import { interpret } from '../../classify/interpret.ts'
import type { Probabilities } from '../../classify/prediction.ts'
import { modelIdentity } from '../../classify/model-digest.ts'
import { type ModelFolder, loadModelFolder, modelDir } from '../../analyse/model-folder.ts'
import { noSuchSplit } from '../errors.ts'
import { locateAllLungs } from '../inputs/located-lungs.ts'
import { splitOf } from '../features/training-features.ts'
import { readKermany } from '../data/kermany.ts'
import { type EvaluatedCase, type Measures, measure } from '../statistics/measures.ts'
import { runFileOnImages } from './score-images.ts'

export interface EvaluateOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  readonly split: 'train' | 'validation' | 'test'
  /** A folder below `models/` (`pneumonia/1.0.1`), or an absolute path. */
  readonly model: string
  readonly provider: EngineProvider
  readonly cacheDir: string
  readonly threads: number
  readonly progress: (text: string) => void
}

/** The JSON output of `evaluate`. Its names are a public contract. */
export interface Evaluation extends Measures {
  readonly split: string
  readonly model: string
  readonly digest: string
  readonly lungsNotFound: number
}

/** A placeholder for the result format version that the model digest requires; evaluations write no results. */
const evaluationFormat = 'evaluation'

/**
 * Evaluates a released model on one split of the data.
 * @returns the measures, and every case for the figures
 * @throws TRAINING_NO_SUCH_SPLIT, and what loading the model throws
 */
export async function evaluate(
  options: EvaluateOptions,
): Promise<{ readonly evaluation: Evaluation; readonly cases: readonly EvaluatedCase[] }> {
  const rows = (await readKermany(options.dataDir)).filter((row) => splitOf(row) === options.split)
  if (rows.length === 0) throw noSuchSplit(options.split, options.dataDir)
  const model = await loadModelFolder(modelDir(options.model))
  const sources = rows.map((row) => ({ file: row.image224 }))
  const lungsOf = await locateAllLungs(sources, { ...options, atlasDir: modelDir(model.manifest.lungAtlas.folder) })
  const probabilities = await predictAll(sources, lungsOf, model, options.provider)
  const cases = rows.map(({ patient, label }, index) => ({ patient, label, probabilities: probabilities[index]! }))
  const { name, version, labels } = model.manifest
  const { thresholds, operatingPoints } = labels.pneumonia
  const points = Object.entries({ 'one half': 0.5, ...operatingPoints }).map(([name, threshold]) => ({
    name,
    threshold,
  }))
  const evaluation = {
    split: options.split,
    ...measure(cases, thresholds, points),
    model: `${name} ${version}`,
    digest: modelIdentity(model.manifest, thresholds, evaluationFormat).digest,
    lungsNotFound: sources.filter((source) => !lungsOf(source).found).length,
  }
  return { evaluation, cases }
}

/** Predicts the probabilities of images with a released model, through the whole serving pipeline. */
export async function predictAll(
  sources: Parameters<typeof runFileOnImages>[1],
  lungsOf: Parameters<typeof runFileOnImages>[2],
  { manifest, networkFile }: ModelFolder,
  provider: EngineProvider,
): Promise<Probabilities[]> {
  const file = { modelFile: networkFile, network: manifest.network, provider }
  const outputs = await runFileOnImages(file, sources, lungsOf, manifest)
  return outputs.map((output) => interpret(output, manifest, manifest.labels.pneumonia.thresholds).probabilities)
}
