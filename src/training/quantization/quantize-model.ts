import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openEngine } from '../../classify/engines/open-engine.ts'
import type { ModelManifest } from '../../classify/manifest.ts'
import { modelName } from '../../classify/model-name.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { type CheckedModelFolder, checkModelFolder, modelDir } from '../../model-folder.ts'
import { quantizationLoses, quantizedAlready } from '../errors.ts'
import { prepareAll, runOnImages } from '../evaluation/score-images.ts'
import { encodeNetwork } from '../export/network.ts'
import { readNetwork } from '../export/read-network.ts'
import { type LungsOf, locateAllLungs } from '../features/located-lungs.ts'
import { splitOf } from '../features/training-features.ts'
import { type KermanyRow, readKermany } from '../kermany.ts'
import { type Comparison, compareOutputs } from './compare-outputs.ts'
import { matchLogits, matchedCalibration } from './match-logits.ts'
import { measureRanges } from './measure-ranges.ts'
import { addQuantizedTrunk } from './quantized-trunk.ts'

export interface QuantizeOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  /** The model in float32, below `models/` or an absolute path. */
  readonly model: string
  /** Folder to write `network.onnx` and `manifest.json` into. */
  readonly outDir: string
  /** Of the new model; the model's own and `-int8` where absent. */
  readonly name?: string
  readonly version: string
  /** Training images from which the ranges of the feature maps are taken. */
  readonly images: number
  /** Outside the project: located lungs are kept there. */
  readonly cacheDir: string
  readonly threads: number
  readonly progress: (text: string) => void
}

export interface QuantizationRecord {
  readonly model: string
  readonly quantizedFrom: string
  readonly images: { readonly ranges: number; readonly validation: number }
  readonly calibration: ModelManifest['calibration']
  readonly validation: Comparison
}

/** Area under the ROC curve on validation that 8 bits may cost. */
const tolerableLoss = 0.001

/**
 * Writes a model anew with its network in 8 bits. Ranges come from training images; on the validation images its logits are matched to
 * those of the model that it is made from, whose thresholds it therefore keeps. The test split is not touched.
 * @throws TRAINING_QUANTIZED_ALREADY, TRAINING_NETWORK_UNFIT, TRAINING_QUANTIZATION_LOSES, and what loading the model throws
 */
export async function quantizeModel(options: QuantizeOptions): Promise<QuantizationRecord> {
  const { outDir, progress } = options
  const base = await checkModelFolder(modelDir(options.model))
  if (base.manifest.network.quantized !== undefined) throw quantizedAlready(modelName(base.manifest))
  const { ranged, validation } = chooseRows(await readKermany(options.dataDir), options.images)
  const atlasDir = modelDir(base.manifest.lungAtlas.folder)
  const lungsOf = await locateAllLungs(sourcesOf([...ranged, ...validation]), { ...options, atlasDir })
  progress(`measuring the ranges of feature maps on ${ranged.length} training images`)
  const network = await encodeQuantized(base, await prepareAll(sourcesOf(ranged), lungsOf, base.manifest), options)
  await mkdir(outDir, { recursive: true })
  await writeFile(join(outDir, 'network.onnx'), network)
  const written = describe(base.manifest, createHash('sha256').update(network).digest('hex'), ranged.length, options)
  progress(`running both networks on ${validation.length} validation images`)
  const theirs = await runOn(validation, lungsOf, base)
  const ours = await runOn(validation, lungsOf, { manifest: written, networkFile: join(outDir, 'network.onnx') })
  const match = matchLogits(ours.map(logitOf), theirs.map(logitOf))
  const manifest = { ...written, calibration: matchedCalibration(base.manifest.calibration, match) }
  const comparison = compareOutputs(
    validation,
    { outputs: ours, manifest },
    { outputs: theirs, manifest: base.manifest },
  )
  if (comparison.aucDifference < -tolerableLoss) throw quantizationLoses(-comparison.aucDifference, tolerableLoss)
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  return {
    model: modelName(manifest),
    quantizedFrom: modelName(base.manifest),
    images: { ranges: ranged.length, validation: validation.length },
    calibration: manifest.calibration,
    validation: comparison,
  }
}

/** Training images from all over the list, and all for validation. */
function chooseRows(rows: readonly KermanyRow[], count: number) {
  const training = rows.filter((row) => splitOf(row) === 'train')
  const step = Math.max(1, Math.floor(training.length / count))
  return {
    ranged: training.filter((_, index) => index % step === 0).slice(0, count),
    validation: rows.filter((row) => splitOf(row) === 'validation'),
  }
}

function sourcesOf(rows: readonly KermanyRow[]): { readonly file: string }[] {
  return rows.map(({ image224 }) => ({ file: image224 }))
}

async function encodeQuantized(
  { networkFile }: CheckedModelFolder,
  inputs: readonly Float32Array[],
  { version }: QuantizeOptions,
): Promise<Uint8Array> {
  const network = await readNetwork(await readFile(networkFile))
  const ranges = await measureRanges(network.trunk, inputs, network.side)
  return encodeNetwork({ ...network, version }, (graph, trunk, image) => addQuantizedTrunk(graph, trunk, image, ranges))
}

/** The manifest but for its calibration, which needs the network's answers. */
function describe(
  base: ModelManifest,
  sha256: string,
  images: number,
  { name = `${base.name}-int8`, version }: QuantizeOptions,
): ModelManifest {
  const [data] = base.trainingData
  return {
    ...base,
    ...{ name, version },
    network: { file: 'network.onnx', sha256, quantized: { model: modelName(base), sha256: base.network.sha256 } },
    trainingData: [...base.trainingData, { ...data!, images, use: 'ranges of the feature maps in 8 bits' }],
    metrics: {},
  }
}

async function runOn(
  rows: readonly KermanyRow[],
  lungsOf: LungsOf,
  { manifest, networkFile }: Pick<CheckedModelFolder, 'manifest' | 'networkFile'>,
): Promise<NetworkOutput[]> {
  const engine = await openEngine({ modelFile: networkFile, network: manifest.network, provider: 'cpu' })
  try {
    return await runOnImages(sourcesOf(rows), lungsOf, manifest, engine)
  } finally {
    await engine.close()
  }
}

function logitOf({ pneumoniaLogit }: NetworkOutput): number {
  return pneumoniaLogit
}
