import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ModelManifest, parseModelManifest } from '../../classify/manifest.ts'
import { modelName } from '../../classify/model-name.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { type CheckedModelFolder, checkModelFolder, modelDir } from '../../analyse/model-folder.ts'
import { modelExists, quantizationLoses, quantizedAlready, rangeImagesUnfit } from '../errors.ts'
import { prepareAll, runFileOnImages } from '../evaluation/score-images.ts'
import { encodeNetwork } from '../onnx/network.ts'
import { readNetwork } from '../onnx/read-network.ts'
import { type LungsOf, locateAllLungs } from '../inputs/located-lungs.ts'
import { splitOf } from '../features/training-features.ts'
import { type KermanyRow, readKermany } from '../data/kermany.ts'
import { type Comparison, compareOutputs } from './compare-outputs.ts'
import { matchLogits, matchedCalibration } from './match-logits.ts'
import { measureRanges } from './measure-ranges.ts'
import { addQuantizedTrunk } from './quantized-trunk.ts'

interface QuantizeOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  /** The float32 model: a folder below `models/`, or an absolute path. */
  readonly model: string
  /** Folder to write `network.onnx` and `manifest.json` into. */
  readonly outDir: string
  /** Name of the new model; by default the name of the float32 model with `-int8` appended. */
  readonly name?: string
  readonly version: string
  /** Number of training images on which feature map ranges are measured. */
  readonly images: number
  /** Cache folder for located lungs, outside the project. */
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

const networkName = 'network.onnx'

/** Largest loss of validation AUC that 8-bit quantization may cause. */
const tolerableLoss = 0.001

/**
 * Quantizes a model's network to 8 bits and writes it as a new model. Feature map ranges come from training images. Its
 * logits are matched to those of the float32 model on the validation images, so the thresholds stay the same. The test
 * split is not used.
 * @throws TRAINING_MODEL_EXISTS, TRAINING_QUANTIZED_ALREADY, TRAINING_RANGE_IMAGES_UNFIT, TRAINING_NETWORK_UNFIT,
 * TRAINING_QUANTIZATION_LOSES, and what loading the model throws
 */
export async function quantizeModel(options: QuantizeOptions): Promise<QuantizationRecord> {
  const { outDir, progress } = options
  if (existsSync(join(outDir, 'manifest.json'))) throw modelExists(outDir)
  const base = await checkModelFolder(modelDir(options.model))
  if (base.manifest.network.quantized !== undefined) throw quantizedAlready(modelName(base.manifest))
  const { ranged, validation } = chooseRows(await readKermany(options.dataDir), options.images)
  const atlasDir = modelDir(base.manifest.lungAtlas.folder)
  const lungsOf = await locateAllLungs(sourcesOf([...ranged, ...validation]), { ...options, atlasDir })
  progress(`measuring feature map ranges on ${ranged.length} training images`)
  const network = await encodeQuantized(base, await prepareAll(sourcesOf(ranged), lungsOf, base.manifest), options)
  const sha256 = createHash('sha256').update(network).digest('hex')
  const uncalibrated = describe(base.manifest, sha256, ranged.length, options)
  // The network gets its final name only after it has passed the comparison.
  const unfinished = join(outDir, `${networkName}.unfinished`)
  await mkdir(outDir, { recursive: true })
  await writeFile(unfinished, network)
  try {
    progress(`running both networks on ${validation.length} validation images`)
    const theirs = await runOn(validation, lungsOf, base)
    const ours = await runOn(validation, lungsOf, { manifest: uncalibrated, networkFile: unfinished })
    const { manifest, comparison } = judge(validation, { uncalibrated, ours }, { base: base.manifest, theirs })
    await rename(unfinished, join(outDir, networkName))
    await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
    return {
      model: modelName(manifest),
      quantizedFrom: modelName(base.manifest),
      images: { ranges: ranged.length, validation: validation.length },
      calibration: manifest.calibration,
      validation: comparison,
    }
  } finally {
    await rm(unfinished, { force: true })
  }
}

/**
 * Calibrates the 8-bit network and compares it with the float32 network.
 * @throws TRAINING_QUANTIZATION_LOSES
 */
export function judge(
  rows: readonly KermanyRow[],
  { uncalibrated, ours }: { readonly uncalibrated: ModelManifest; readonly ours: readonly NetworkOutput[] },
  { base, theirs }: { readonly base: ModelManifest; readonly theirs: readonly NetworkOutput[] },
): { readonly manifest: ModelManifest; readonly comparison: Comparison } {
  const match = matchLogits(ours.map(logitOf), theirs.map(logitOf))
  const manifest = parseModelManifest({
    ...uncalibrated,
    calibration: matchedCalibration(base.calibration, match),
  })
  const comparison = compareOutputs(rows, { outputs: ours, manifest }, { outputs: theirs, manifest: base })
  if (comparison.aucDifference < -tolerableLoss) throw quantizationLoses(-comparison.aucDifference, tolerableLoss)
  return { manifest, comparison }
}

/** Training images at even intervals over the whole list, and all validation images. */
function chooseRows(rows: readonly KermanyRow[], count: number) {
  const training = rows.filter((row) => splitOf(row) === 'train')
  const step = Math.floor(training.length / count)
  // A step of 1 would leave out the end of the list, which is sorted by label.
  if (!(step >= 2 && Number.isFinite(step))) throw rangeImagesUnfit(count, Math.floor(training.length / 2))
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

/** The manifest without its own calibration, which needs the network's outputs. */
function describe(
  base: ModelManifest,
  sha256: string,
  images: number,
  { name = `${base.name}-int8`, version }: QuantizeOptions,
): ModelManifest {
  const { name: data, licence } = base.trainingData[0] ?? { name: 'unknown', licence: 'unknown' }
  return {
    ...base,
    ...{ name, version },
    network: { file: networkName, sha256, quantized: { model: modelName(base), sha256: base.network.sha256 } },
    trainingData: [...base.trainingData, { name: data, licence, images, use: 'value ranges of 8-bit feature maps' }],
    metrics: {},
  }
}

function runOn(
  rows: readonly KermanyRow[],
  lungsOf: LungsOf,
  { manifest, networkFile }: Pick<CheckedModelFolder, 'manifest' | 'networkFile'>,
): Promise<NetworkOutput[]> {
  const file = { modelFile: networkFile, network: manifest.network, provider: 'cpu' } as const
  return runFileOnImages(file, sourcesOf(rows), lungsOf, manifest)
}

function logitOf({ pneumoniaLogit }: NetworkOutput): number {
  return pneumoniaLogit
}
