import { join } from 'node:path'
import { mkdir, writeFile } from 'node:fs/promises'
import type { InputSpec } from '../../classify/manifest.ts'
import { modelDir } from '../../analyse/model-folder.ts'
import { loadImageNetWeights } from '../onnx/imagenet-weights.ts'
import { prepareInput } from '../inputs/prepare-input.ts'
import { type LossHistory, lossFigure } from '../figures/losses.ts'
import { renderFigure } from '../figures/render-figure.ts'
import { type Trunk, imageNetTrunk, reducedTrunk } from '../network/trunk-weights.ts'
import { seededRandom } from '../data/random.ts'
import { inputSpec } from '../data/input-spec.ts'
import type { EpochRecord } from './checkpoint.ts'
import { type PlannedImage, planEpoch } from './epoch-plan.ts'
import { type FineTuningOptions, fineTune } from './fine-tune.ts'
import { initialWeights } from './fine-tuning-network.ts'
import { drawInputSheet } from './input-sheet.ts'
import { planImages } from './plan-images.ts'
import { trainDenseFirst, withDense } from './train-dense-first.ts'

interface StageOneOptions extends Pick<
  FineTuningOptions,
  'recipe' | 'outDir' | 'engine' | 'checkpointBatches' | 'now' | 'deadlineMs' | 'progress'
> {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  /** Cache folder, outside the project. */
  readonly cacheDir: string
  /** Lung atlas below `models/`. */
  readonly lungAtlas: string
  /** `reduced` is a small network with random weights, for trial runs. */
  readonly network: 'resnet50' | 'reduced'
  /** Side of the network's input in samples; a multiple of 32. */
  readonly imageSize: number
  readonly limit: number
}

/** The history of a training run; also written to `history.json`. */
export interface StageOneRecord {
  readonly finished: boolean
  /** Counted from 1; null until the first epoch has ended. */
  readonly bestEpoch: number | null
  readonly history: readonly EpochRecord[]
  /** The preceding training of the dense layer alone. Epochs count from 1. */
  readonly denseFirst: { readonly history: readonly LossHistory[]; readonly bestEpoch: number } | null
  readonly images: { readonly training: number; readonly validation: number }
}

/** Number of inputs on the sheet. */
const onSheet = 32

/**
 * Fine-tunes a network for normal versus pneumonia (and the three classes, if the recipe includes them) and keeps the
 * best epoch's weights. Also writes `inputs.png` (sample network inputs), `history.json` and `losses.svg`.
 */
export async function trainStageOne(options: StageOneOptions): Promise<StageOneRecord> {
  const { dataDir, cacheDir, engine, progress, outDir, limit } = options
  const atlasDir = modelDir(options.lungAtlas)
  const images = await planImages({ dataDir, cacheDir, atlasDir, threads: engine.threads, limit, progress })
  await mkdir(outDir, { recursive: true })
  await writeFile(join(outDir, 'inputs.png'), await inputSheet(images.training, options))
  const spec = specOf(options)
  const trunk = await trunkOf(options)
  const random = initialWeights(trunk, seededRandom(options.recipe.seed))
  const first = options.recipe.denseEpochs > 0 ? await trainDenseFirst({ ...options, trunk, spec, images }) : undefined
  const initial = first === undefined ? random : withDense(random, first.dense)
  const { finished, bestEpoch, history } = await fineTune({
    ...options,
    ...images,
    blocks: trunk.blocks,
    initial,
    spec,
  })
  const record: StageOneRecord = {
    finished,
    bestEpoch: bestEpoch === undefined ? null : bestEpoch + 1,
    history,
    denseFirst: first === undefined ? null : { history: first.history, bestEpoch: first.bestEpoch + 1 },
    images: { training: images.training.length, validation: images.validation.length },
  }
  await writeFile(join(outDir, 'history.json'), `${JSON.stringify(record, undefined, 2)}\n`)
  if (record.denseFirst !== null) {
    const figure = lossFigure('Dense layer', record.denseFirst.history, record.denseFirst.bestEpoch)
    await writeFile(join(outDir, 'dense-losses.svg'), await renderFigure(figure))
  }
  await writeFile(join(outDir, 'losses.svg'), await renderFigure(lossFigure('Fine-tuning', history, record.bestEpoch)))
  return record
}

/** The first images of the first epoch. */
async function inputSheet(images: readonly PlannedImage[], options: StageOneOptions): Promise<Buffer> {
  const spec = specOf(options)
  const first = planEpoch(images, 0, options.recipe).flat().slice(0, onSheet)
  const inputs = await Promise.all(first.map(({ job }) => prepareInput(job, spec)))
  return drawInputSheet(inputs, spec.normalisation.means[0])
}

async function trunkOf({ network, cacheDir, recipe }: StageOneOptions): Promise<Trunk> {
  if (network === 'reduced') return reducedTrunk(seededRandom(recipe.seed))
  return imageNetTrunk(await loadImageNetWeights(cacheDir))
}

function specOf({ imageSize }: StageOneOptions): InputSpec {
  return { ...inputSpec, inputSize: { width: imageSize, height: imageSize } }
}
