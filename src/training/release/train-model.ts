import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelManifest } from '../../classify/manifest.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { modelDir } from '../../analyse/model-folder.ts'
import { type UnseenMeasure, choosePoints, measureUnseen } from './choose-points.ts'
import { describeModel } from './describe-model.ts'
import { runFileOnImages } from '../evaluation/score-images.ts'
import { loadImageNetWeights } from '../onnx/imagenet-weights.ts'
import { type NetworkHeads, encodeNetwork } from '../onnx/network.ts'
import { locateAllLungs } from '../inputs/located-lungs.ts'
import { readLungAtlas } from '../inputs/lung-atlas-file.ts'
import { type TrainingImage, trainFeatures } from '../features/training-features.ts'
import { readFineTuned } from '../fine-tuning/fine-tuned-model.ts'
import { chooseSubtype } from '../heads/choose-subtype.ts'
import { type HeadRecipe, type TrainingCourse, trainStageOne, trainStageTwo } from '../heads/train-heads.ts'
import { type Trunk, imageNetTrunk } from '../network/trunk-weights.ts'
import { inputSpec, splitSeed } from '../data/input-spec.ts'
import { type UnseenBatch, scoreUnseenBatches } from '../data/unseen-batches.ts'

interface TrainModelOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  /**
   * Folder of `train stage1` with the trunk and stage one to release. Without it: the ImageNet trunk, and a stage one
   * trained on its features.
   */
  readonly fineTunedDir?: string | undefined
  /** Lung atlas below `models/`. */
  readonly lungAtlas: string
  /** Folder to write `network.onnx` and `manifest.json` into. */
  readonly outDir: string
  readonly version: string
  /** Cache folder for located lungs, features and ImageNet weights, outside the project. */
  readonly cacheDir: string
  /** Number of varied versions of every training image, in addition to the plain ones. */
  readonly variations: number
  readonly stageTwo: HeadRecipe
  readonly threads: number
  readonly progress: (text: string) => void
}

/** Training results besides the model. They come from validation; the test split is not used. */
interface TrainingRecord {
  readonly images: { readonly train: number; readonly validation: number }
  /** Null if stage one was fine-tuned; its history is then in the folder of `train stage1`. */
  readonly stageOne: TrainingCourse | null
  readonly stageTwo: TrainingCourse
  readonly calibration: ModelManifest['calibration']
  readonly thresholds: { readonly present: number; readonly absent: number }
  /** Normal images of a batch left out of training versus the pneumonia images of the validation children. */
  readonly unseenBatches: readonly UnseenMeasure[]
}

/**
 * Trains the heads on the trunk's features, calibrates and writes a model. On the ImageNet trunk this is the report's
 * first phase; on a fine-tuned trunk it is the release. An interrupted run resumes from the caches.
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainingRecord> {
  const { cacheDir, fineTunedDir, progress } = options
  const fineTuned = fineTunedDir === undefined ? undefined : await readFineTuned(fineTunedDir)
  const atlasDir = modelDir(options.lungAtlas)
  const imageNet = imageNetTrunk(await loadImageNetWeights(cacheDir))
  const frozen = await trainFeatures({ ...options, trunk: imageNet, atlasDir })
  const trunk = fineTuned?.trunk ?? imageNet
  const images = fineTuned === undefined ? frozen : await trainFeatures({ ...options, trunk, atlasDir })
  progress('training the heads')
  const stageOne = fineTuned === undefined ? await trainStageOne(images, splitSeed) : undefined
  const stageTwo = await trainStageTwo(images, splitSeed + 1, options.stageTwo)
  const heads = {
    pneumonia: fineTuned?.heads.pneumonia ?? stageOne!.pneumonia,
    subtype: await chooseSubtype(
      [stageTwo.subtype, ...(fineTuned === undefined ? [] : [fineTuned.heads.subtype])],
      images,
    ),
  }
  progress('training stage one twice, each time without one batch of normal images')
  // A fine-tuned trunk was trained on both batches, the ImageNet trunk on neither.
  const unseen = await scoreUnseenBatches(frozen, splitSeed)
  const courses = { stageOne: stageOne?.course ?? null, stageTwo: stageTwo.course }
  return { ...courses, ...(await release(images, { trunk, heads }, unseen, options)) }
}

/** Writes the network, calibrates it on the validation images and writes the manifest. */
async function release(
  images: readonly TrainingImage[],
  { trunk, heads }: { readonly trunk: Trunk; readonly heads: NetworkHeads },
  unseen: readonly UnseenBatch[],
  options: TrainModelOptions,
): Promise<Omit<TrainingRecord, 'stageOne' | 'stageTwo'>> {
  const { outDir, version, progress } = options
  const atlasDir = modelDir(options.lungAtlas)
  const network = await encodeNetwork({ trunk, heads, version, side: inputSpec.inputSize.width })
  await mkdir(outDir, { recursive: true })
  const modelFile = join(outDir, 'network.onnx')
  await writeFile(modelFile, network)
  const sha256 = createHash('sha256').update(network).digest('hex')
  progress('running the network on the validation images')
  const validation = images.filter((image) => image.split === 'validation')
  const outputs = await runOnValidation(validation, { ...options, atlasDir, modelFile, sha256 })
  const points = choosePoints(validation, outputs, unseen)
  const manifest = describeModel({
    version,
    network: { file: 'network.onnx', sha256 },
    lungAtlas: { folder: options.lungAtlas, sha256: (await readLungAtlas(atlasDir)).sha256 },
    images: images.length,
    trunk: options.fineTunedDir === undefined ? 'frozen' : 'fine-tuned',
    ...points,
  })
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  return {
    images: { train: images.length - validation.length, validation: validation.length },
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

/** Runs the written file, so that calibration and thresholds fit the released network. */
async function runOnValidation(images: readonly TrainingImage[], run: ValidationRun): Promise<NetworkOutput[]> {
  const sources = images.map(({ row }) => ({ file: row.image224 }))
  const lungsOf = await locateAllLungs(sources, run)
  const file = { modelFile: run.modelFile, network: { sha256: run.sha256 }, provider: 'cpu' } as const
  return runFileOnImages(file, sources, lungsOf, inputSpec)
}
