import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calibratedProbability } from '../classify/calibration.ts'
import { openEngine } from '../classify/engine.ts'
import type { ModelManifest } from '../classify/manifest.ts'
import type { NetworkOutput } from '../classify/network-output.ts'
import { modelDir } from '../model-folder.ts'
import { percentile } from './evaluation/bootstrap.ts'
import { type ScoredCase, areaUnderRoc, operatingPoint } from './evaluation/roc.ts'
import { runOnImages } from './evaluation/score-images.ts'
import { loadImageNetWeights } from './export/imagenet-weights.ts'
import { encodeNetwork } from './export/network.ts'
import { readLungAtlas } from './features/lung-atlas-file.ts'
import { locateAllLungs } from './features/located-lungs.ts'
import { type TrainingImage, trainFeatures } from './features/training-features.ts'
import { type TrainedHeads, trainHeads } from './heads/train-heads.ts'
import { type Trunk, imageNetTrunk } from './network/trunk-weights.ts'
import { chooseThresholds } from './operating-points.ts'
import { type CalibrationCase, fitPlattScaling } from './platt-scaling.ts'
import { describeModel } from './describe-model.ts'
import { inputSpec, splitSeed } from './spec.ts'
import { type LogitCase, type UnseenBatch, scoreUnseenBatches } from './unseen-batches.ts'

export interface TrainModelOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  /** Lung atlas below `models/`. */
  readonly lungAtlas: string
  /** Folder to write `network.onnx` and `manifest.json` into. */
  readonly outDir: string
  readonly version: string
  /** Outside the project: lungsOf, features and ImageNet weights are kept there. */
  readonly cacheDir: string
  /** Varied versions of every training image beside the plain ones. */
  readonly variations: number
  readonly threads: number
  readonly progress: (text: string) => void
}

/** What training found out besides the model; validation only, the test split is not touched. */
export interface TrainingRecord {
  readonly images: { readonly train: number; readonly validation: number }
  readonly stageOne: TrainedHeads['stageOne']
  readonly stageTwo: TrainedHeads['stageTwo']
  readonly calibration: ModelManifest['calibration']
  readonly thresholds: { readonly present: number; readonly absent: number }
  /** Normals of a batch that was left out of training, against the validation children's pneumonia. */
  readonly unseenBatches: readonly { readonly batch: string; readonly auc: number; readonly specificity: number }[]
}

/**
 * Trains, calibrates and writes a model: the report's first step, where the ImageNet trunk stays frozen.
 * Interrupted, it goes on from the caches.
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainingRecord> {
  const trunk = imageNetTrunk(await loadImageNetWeights(options.cacheDir))
  const images = await trainFeatures({ ...options, trunk, atlasDir: modelDir(options.lungAtlas) })
  return trainOnFeatures(images, trunk, options)
}

/** Everything after the features: heads, export, calibration, thresholds, manifest. */
export async function trainOnFeatures(
  images: readonly TrainingImage[],
  trunk: Trunk,
  options: TrainModelOptions,
): Promise<TrainingRecord> {
  const { progress } = options
  const atlasDir = modelDir(options.lungAtlas)
  progress('training both stages')
  const trained = trainHeads(images, splitSeed)
  progress('training stage one without one batch of normals, twice')
  const unseen = scoreUnseenBatches(images, splitSeed)
  const network = await encodeNetwork({
    trunk,
    heads: trained.heads,
    version: options.version,
    side: inputSpec.inputSize.width,
  })
  await mkdir(options.outDir, { recursive: true })
  const modelFile = join(options.outDir, 'network.onnx')
  await writeFile(modelFile, network)
  const sha256 = createHash('sha256').update(network).digest('hex')
  progress('running the network on the validation images')
  const validation = images.filter((image) => image.split === 'validation')
  const outputs = await runOnValidation(validation, { ...options, atlasDir, modelFile, sha256 })
  const points = choosePoints(validation, outputs, unseen)
  const manifest = describeModel({
    version: options.version,
    network: { file: 'network.onnx', sha256 },
    lungAtlas: { folder: options.lungAtlas, sha256: (await readLungAtlas(atlasDir)).sha256 },
    images: images.length,
    ...points,
  })
  await writeFile(join(options.outDir, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  return {
    images: { train: images.length - validation.length, validation: validation.length },
    stageOne: trained.stageOne,
    stageTwo: trained.stageTwo,
    calibration: points.calibration,
    thresholds: points.thresholds,
    unseenBatches: unseen.map(({ batch, cases }) => measureUnseen(batch, cases, points)),
  }
}

interface ValidationRun {
  readonly atlasDir: string
  readonly cacheDir: string
  readonly threads: number
  readonly progress: (text: string) => void
  readonly modelFile: string
  readonly sha256: string
}

/** The written file's own outputs, so that calibration and thresholds are of what is shipped. */
async function runOnValidation(images: readonly TrainingImage[], run: ValidationRun): Promise<NetworkOutput[]> {
  const sources = images.map(({ row }) => ({ file: row.image224 }))
  const lungsOf = await locateAllLungs(sources, run)
  const engine = await openEngine({ modelFile: run.modelFile, sha256: run.sha256, provider: 'cpu' })
  try {
    return await runOnImages(sources, lungsOf, inputSpec, engine)
  } finally {
    await engine.close()
  }
}

interface OperatingPoints {
  readonly calibration: ModelManifest['calibration']
  readonly thresholds: { readonly present: number; readonly absent: number }
  readonly fullScale: number
}

/** Share of suspicious validation images whose strongest place reaches full scale in the activation map. */
const shareAtFullScale = 0.9

function choosePoints(
  validation: readonly TrainingImage[],
  outputs: readonly NetworkOutput[],
  unseen: readonly UnseenBatch[],
): OperatingPoints {
  const cases = validation.map(({ row }, index) => ({
    logit: outputs[index]!.pneumoniaLogit,
    positive: row.label !== 'normal',
  }))
  const unseenCases = unseen.flatMap((batch) => batch.cases)
  const calibration = fitPlattScaling(calibrationCases(cases, unseenCases))
  const thresholds = chooseThresholds(calibrated([...cases, ...unseenCases], calibration))
  const strongest = outputs
    .filter(({ pneumoniaLogit }) => calibratedProbability(pneumoniaLogit, calibration) >= thresholds.present)
    .map(({ activationMap }) => activationMap.reduce((top, value) => Math.max(top, value), -Infinity))
    .sort((one, other) => one - other)
  return { calibration, thresholds, fullScale: Math.max(1, Math.round(percentile(strongest, 1 - shareAtFullScale))) }
}

/**
 * Half the weight of the normals goes to batches that the network never saw, so that probabilities are not those of the easy
 * random split alone; the share of pneumonia stays as it is in the data.
 */
function calibrationCases(
  validation: readonly Omit<CalibrationCase, 'weight'>[],
  unseen: readonly Omit<CalibrationCase, 'weight'>[],
): CalibrationCase[] {
  const unseenNormals = unseen.filter((item) => !item.positive)
  const normals = validation.filter((item) => !item.positive).length
  return [
    ...validation.map((item) => ({ ...item, weight: item.positive ? 1 : 0.5 })),
    ...unseenNormals.map((item) => ({ ...item, weight: (0.5 * normals) / unseenNormals.length })),
  ]
}

function calibrated(
  cases: readonly Omit<CalibrationCase, 'weight'>[],
  calibration: ModelManifest['calibration'],
): ScoredCase[] {
  return cases.map(({ logit, positive }) => ({ score: calibratedProbability(logit, calibration), positive }))
}

function measureUnseen(
  batch: string,
  cases: readonly LogitCase[],
  { calibration, thresholds }: OperatingPoints,
): TrainingRecord['unseenBatches'][number] {
  const scored = calibrated(cases, calibration)
  return { batch, auc: areaUnderRoc(scored), specificity: operatingPoint(scored, thresholds.present).specificity }
}
